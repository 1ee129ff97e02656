"""docs/events.md, from the code."""
