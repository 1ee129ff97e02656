"""From the request that puts a question to the events of its answer, for every product."""
