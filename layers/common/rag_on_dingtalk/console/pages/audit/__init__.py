"""审计: what was done, whether a record is missing, and a file of it."""
