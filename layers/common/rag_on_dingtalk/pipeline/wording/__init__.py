"""What a question and a refusal say, with names in the place of ids."""
