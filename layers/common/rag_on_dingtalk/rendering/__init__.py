"""An answer as the markdown a person reads."""
