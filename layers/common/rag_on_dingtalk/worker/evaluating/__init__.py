"""Runs of golden questions that the console began."""
