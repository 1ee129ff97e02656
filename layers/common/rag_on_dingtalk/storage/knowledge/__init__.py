"""Tables of what people have written for the bot to answer with."""
