"""The nouns: what travels between the parts. Frozen structs without I/O; import from the file."""
