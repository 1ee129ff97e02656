"""Settings of backends that have a file of their own, and what all kinds share."""
