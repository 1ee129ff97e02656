"""What the callback does with a push: verify → read → submit. Reaches neither backends nor state."""
