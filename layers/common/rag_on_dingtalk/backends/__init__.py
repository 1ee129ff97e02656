"""All that knows a RAG wire: one file per product behind the protocol in `base`."""
