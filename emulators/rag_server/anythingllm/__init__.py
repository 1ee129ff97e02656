"""AnythingLLM's developer API, in the shapes of several versions."""
