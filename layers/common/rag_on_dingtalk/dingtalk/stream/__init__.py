"""DingTalk's Stream mode, wire only: pushes come through a WebSocket that we open.

```
frames      a push in, an acknowledgement out, pure
opening     a ticket for one connection
connection  one WebSocket: reads, acknowledges, and notices when it is no longer good
client      keeps one connection up, the next one before the last one goes
timing      how long everything may take; the pauses between attempts, pure
figures     what happened, as numbers
```

Nothing here is imported by a function: they are frozen between requests, and a WebSocket is not.
Protocol: DingTalk's developerpedia, learn/stream/protocol. Why not the official SDK: docs/decisions.
"""
