"""What a run must not leave behind; pure."""
