"""Markdown as models write it → blocks."""
