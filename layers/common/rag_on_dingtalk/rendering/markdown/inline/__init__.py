"""What stands in one line of markdown."""
