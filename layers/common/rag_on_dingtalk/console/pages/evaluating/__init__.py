"""Golden questions: the runs that were kept, and the one that is under way."""
