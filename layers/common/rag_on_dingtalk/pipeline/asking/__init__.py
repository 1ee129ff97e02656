"""Asking the backend of a question's route, and listening until it is over."""
