"""From the documents to the passages an answer is built on."""
