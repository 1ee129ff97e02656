"""A question's way through the library, walked in process, counted, and written into docs/architecture.md."""
