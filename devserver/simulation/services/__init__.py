"""The services in memory, each at the seam where the library meets it."""
