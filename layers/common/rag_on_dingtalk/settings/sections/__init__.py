"""One section of `bots.yaml` in each file: import from the file, so that nothing else loads."""
