"""DingTalk's Stream gateway: the bot opens a WebSocket, and pushes come through it.

```
frames       what goes over the wire, pure
tickets      what `POST /v1.0/gateway/connections/open` gives out: one ticket, one connection
connections  one open connection: what was pushed into it, what was acknowledged
gateway      all of them: which one gets a push; pings, disconnects
pushing      one push by Stream, and when it comes again
```

Written from DingTalk's protocol page (developerpedia, learn/stream/protocol) and from what users of its SDKs
report; docs/unverified.md names what is not published.
"""

from emulators.dingtalk.stream.connections import Connection
from emulators.dingtalk.stream.gateway import Gateway, StreamTimes
from emulators.dingtalk.stream.pushing import StreamPushes

__all__ = ["Connection", "Gateway", "StreamPushes", "StreamTimes"]
