"""What all instances share: call counters, circuit breakers, what must happen once."""
