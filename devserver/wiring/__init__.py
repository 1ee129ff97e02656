"""What the parts of the local system are told of each other: addresses, secrets, programs."""
