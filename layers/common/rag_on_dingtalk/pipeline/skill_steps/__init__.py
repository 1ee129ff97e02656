"""What the stage `skills` does with the skill that it has found."""
