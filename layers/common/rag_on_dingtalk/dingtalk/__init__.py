"""All that knows DingTalk's wire.

```
inbound    what DingTalk pushes, read into the library's own nouns, pure
outbound   messages, pictures and files
cards      the AI cards
directory  names, departments, roles, sign-in
openapi    how every call is made
stream     pushes through a connection that we open
envelope   encryption of a push; signature: who sent it, pure
```
"""
