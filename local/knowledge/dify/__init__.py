"""Dify's service API, in the shapes of version 1.12: one app, whose kind the server is told."""
