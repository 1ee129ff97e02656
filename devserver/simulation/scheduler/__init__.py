"""The deterministic scheduler: virtual time, processes, clocks that disagree."""
