"""What DingTalk pushes, read into the library's own nouns."""
