"""The state of one organisation: people, chats, cards, media, and the record of calls."""
