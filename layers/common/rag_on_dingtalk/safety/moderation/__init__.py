"""Services that judge a text, and what is done with their judgement."""
