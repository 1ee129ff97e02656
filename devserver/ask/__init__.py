"""One question through the whole path, its answer in the terminal."""
