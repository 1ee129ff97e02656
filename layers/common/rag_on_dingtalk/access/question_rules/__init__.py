"""What a rule says about the question itself. Pure."""
