"""Experiments: who is in which arm, how they stand, and what is decided about them."""
