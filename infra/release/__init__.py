"""What a release holds: its notes, the zips of both Pythons, what is in them, and checksums."""
