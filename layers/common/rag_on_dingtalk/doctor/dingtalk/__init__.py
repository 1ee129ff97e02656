"""A bot's app in DingTalk: one file for each thing that is examined."""
