"""Incidents: what counts as one, and the life of one."""
