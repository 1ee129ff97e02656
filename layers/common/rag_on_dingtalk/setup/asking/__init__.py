"""What setup has to know, and where the answers come from."""
