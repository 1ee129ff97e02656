"""What is answered: gaps, and the answers that people write."""
