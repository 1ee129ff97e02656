"""What pages show, read by key: the number of requests does not depend on how much there is."""
