"""One conversation: its queue and its memory."""
