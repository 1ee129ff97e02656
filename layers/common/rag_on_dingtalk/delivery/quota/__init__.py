"""The DingTalk calls that may be sent: per month, per second, per answer."""
