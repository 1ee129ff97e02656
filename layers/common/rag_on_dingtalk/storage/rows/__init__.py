"""Reading and writing rows of any table: one, several, on a condition."""
