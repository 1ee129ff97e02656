"""Who people are at DingTalk: names, departments, roles, and who signs in."""
