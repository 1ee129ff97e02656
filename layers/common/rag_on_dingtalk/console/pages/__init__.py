"""The pages: each module has what its addresses do, and pure functions for what they show."""
