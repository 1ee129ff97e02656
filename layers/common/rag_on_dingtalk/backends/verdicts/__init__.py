"""What a product's words, codes and finish reasons mean: which kind of failure, and whether to ask again."""
