"""DingTalk → bot: messages, clicks and events, posted to its callback."""
