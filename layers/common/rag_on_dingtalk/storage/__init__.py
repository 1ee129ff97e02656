"""Tablestore's wire: the tables, the client, and one file per table."""
