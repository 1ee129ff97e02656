"""What Log Service keeps: stores, indexes, the copy of the audit, the dashboard; for both roads."""
