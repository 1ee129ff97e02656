"""Looks for secrets in files."""
