"""One handler a kind of job."""
