"""Addresses, guarded fetching, media types."""
