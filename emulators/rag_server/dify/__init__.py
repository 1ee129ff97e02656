"""Dify's service API: one app, whose kind and version the server is told."""
