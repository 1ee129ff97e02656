"""Sources of an answer, and the marks that stand for them in its text."""
