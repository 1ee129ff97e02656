"""Answers written by people, with their versions: drafts, publishing, rolling back."""
