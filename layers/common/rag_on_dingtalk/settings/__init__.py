"""`bots.yaml` as structs, one file for each part of it; import from the file, so that nothing else loads."""
