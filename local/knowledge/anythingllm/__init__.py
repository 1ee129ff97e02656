"""AnythingLLM's developer API, in the shapes of version 1.16."""
