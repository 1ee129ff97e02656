"""All that knows Tablestore."""
