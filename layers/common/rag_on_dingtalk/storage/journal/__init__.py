"""What operators read: questions, counts, the audit, incidents."""
