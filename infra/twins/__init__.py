"""What the Chinese pages have in common with the English ones, word by word."""
