"""The distributions of the layer: locked, fetched for a target, pruned, compiled."""
