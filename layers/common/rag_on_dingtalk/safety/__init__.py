"""What is said, judged: one way to read text past its disguises, dates, word lists, moderation."""
