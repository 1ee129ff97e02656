"""Asynchronous invocations: the queue, its tasks, their destinations."""
