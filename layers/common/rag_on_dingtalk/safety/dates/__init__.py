"""Dates in words and what they mean on a given day. Pure."""
