"""Text that arrives in pieces: marks across pieces, cheap collecting, halves of characters. No I/O."""
