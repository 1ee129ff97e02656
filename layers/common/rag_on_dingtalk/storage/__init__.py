"""Tablestore's wire: the tables, how rows are read and written, and one file per table."""
