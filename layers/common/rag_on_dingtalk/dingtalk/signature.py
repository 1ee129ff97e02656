"""The header signatures of DingTalk's pushes (HTTP mode). Pure: the clock is a parameter.

Sources: "接收消息" (development/receive-message) for robot messages,
"卡片回调" (development/event-callback-card) for cards. Neither MAC covers
the body: a captured header pair authenticates any body until it is stale.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

#: DingTalk asks receivers to refuse a timestamp more than an hour from their clock.
PAST_WINDOW_MS = 3_600_000
#: A request from the future is a clock error at best; five minutes cover an honest one.
FUTURE_WINDOW_MS = 300_000


def robot_sign(timestamp: str, secret: str) -> str:
    """The `sign` header that belongs to `timestamp` (milliseconds, decimal)."""
    mac = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode("ascii")


def robot_signature_is_valid(timestamp: str, sign: str, secret: str) -> bool:
    """Whether `sign` was made with `secret`; takes the same time whichever character differs."""
    return hmac.compare_digest(robot_sign(timestamp, secret).encode(), sign.encode("utf-8", "replace"))


def card_sign(timestamp: str, api_secret: str) -> str:
    """The `x-ddpaas-signature` header that belongs to `timestamp` (milliseconds, decimal)."""
    mac = hmac.new(api_secret.encode(), timestamp.encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode("ascii")


def is_fresh(timestamp: str, now_ms: int) -> bool:
    """Whether the header's timestamp lies inside the accepted window around `now_ms`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 16):  # noqa: PLR2004 - year 5138 has 14
        return False
    age = now_ms - int(timestamp)
    return -FUTURE_WINDOW_MS <= age <= PAST_WINDOW_MS
