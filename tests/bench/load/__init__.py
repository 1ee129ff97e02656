"""Many answers at once in one process: ours beside the least that the same work takes."""
