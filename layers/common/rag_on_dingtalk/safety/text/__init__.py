"""Text as it is compared: `normalise`, with the way back to the original. Pure."""
