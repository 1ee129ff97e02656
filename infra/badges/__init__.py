"""The badges of the READMEs, drawn here from what pyproject.toml says: no other server is asked."""
