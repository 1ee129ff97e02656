"""Log lines and their fields."""
