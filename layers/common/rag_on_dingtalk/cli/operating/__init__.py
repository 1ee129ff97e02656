"""Commands of the person who operates a bot: what was asked, decided, answered and spent."""
