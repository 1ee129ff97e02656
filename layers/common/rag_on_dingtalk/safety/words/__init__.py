"""Sensitive words: found in whatever form they are written, masked where they stand."""
