"""The header signatures of DingTalk's pushes (HTTP mode), and how old they may be. Pure.

Sources: "接收消息" (development/receive-message) for robot messages,
"卡片回调" (development/event-callback-card) for cards. Neither MAC covers
the body: a captured header pair authenticates any body until it is stale.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.inbound.fields import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

#: DingTalk asks receivers of robot messages to refuse a timestamp more than an hour from their clock.
PAST_WINDOW_MS = 3_600_000
#: For events and clicks nothing is documented; their repeats come within 40 s.
SHORT_PAST_WINDOW_MS = 600_000
#: A request from the future is a clock error at best; five minutes cover an honest one.
FUTURE_WINDOW_MS = 300_000


def robot_sign(timestamp: str, secret: str) -> str:
    """The `sign` header that belongs to `timestamp` (milliseconds, decimal)."""
    return _mac(secret, f"{timestamp}\n{secret}")


def robot_signature_is_valid(timestamp: str, sign: str, secrets: Iterable[str]) -> bool:
    """Whether `sign` was made with one of `secrets`; takes the same time whichever it was, if any."""
    valid = False
    for secret in secrets:
        valid |= _same(robot_sign(timestamp, secret), sign)
    return valid


def card_sign(timestamp: str, api_secret: str) -> str:
    """The `x-ddpaas-signature` header that belongs to `timestamp` (milliseconds, decimal)."""
    return _mac(api_secret, timestamp)


def card_signature_is_valid(timestamp: str, sign: str, api_secret: str) -> bool:
    """Whether `sign` was made with `api_secret`; takes the same time whichever character differs."""
    return _same(card_sign(timestamp, api_secret), sign)


def is_fresh(timestamp: str, now_ms: int, *, past_ms: int = PAST_WINDOW_MS) -> bool:
    """Whether a request's timestamp, in milliseconds or seconds, lies inside the window around `now_ms`."""
    stamp = milliseconds(timestamp)
    return stamp > 0 and -FUTURE_WINDOW_MS <= now_ms - stamp <= past_ms


def _mac(key: str, text: str) -> str:
    mac = hmac.new(key.encode(), text.encode("utf-8", "replace"), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode("ascii")


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
