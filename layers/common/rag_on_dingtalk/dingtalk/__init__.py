"""All that knows DingTalk's wire."""
