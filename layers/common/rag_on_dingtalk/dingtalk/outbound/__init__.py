"""What is sent beside cards: messages, pictures and files."""
