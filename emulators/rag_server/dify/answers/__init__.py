"""How an answer is told: its run, its events, its forms."""
