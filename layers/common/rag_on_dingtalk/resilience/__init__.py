"""Task groups that end together, the circuit breaker, and the bound on bytes in flight."""
