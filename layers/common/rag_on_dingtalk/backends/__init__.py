"""The wires of the RAG products: `base` is the seam, `registry` the table, one file or folder per product."""
