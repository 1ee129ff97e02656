"""What the callback does with a push: verify → read → enqueue. Reaches neither backends nor state."""
