"""The other side of every wire, written from the services' documentation and never from the library."""
