"""The reply's way to a person: card frames, messages, media, and what they may cost."""
