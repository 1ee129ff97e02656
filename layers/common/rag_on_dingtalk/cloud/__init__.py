"""All that knows Function Compute's asynchronous invocation."""
