"""From a question to an answer: what it is built on, who writes it, what is remembered."""
