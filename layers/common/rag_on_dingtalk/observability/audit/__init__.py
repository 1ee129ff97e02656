"""The audit: what is recorded, how the records are chained, who behaves unusually."""
