"""What `python -m devserver` is told, and what it prints."""
