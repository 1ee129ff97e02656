"""Worked examples; nothing of the bot imports them."""
