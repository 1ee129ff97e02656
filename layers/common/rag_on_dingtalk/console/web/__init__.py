"""HTML as values: every text is escaped when it is put in. Pure."""
