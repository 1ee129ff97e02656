"""How every call of DingTalk's OpenAPI is made: token, gate, what a refusal is, what to do about it."""
