"""What is kept for a conversation: its queue and its session."""
