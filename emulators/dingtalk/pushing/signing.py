"""The two HMAC signatures DingTalk puts on what it posts, written from the protocol and not from the library.

The bot verifies with code of its own; one function for both would let them be wrong together.
Neither signature covers the body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def robot_sign(timestamp: str, client_secret: str) -> str:
    r"""The `sign` header of a robot message.

    timestamp: the `timestamp` header, milliseconds since the epoch in decimal.
    The signed text is `<timestamp>\n<secret>`, keyed with the same secret.
    """
    return _hmac_base64(client_secret, f"{timestamp}\n{client_secret}")


def robot_headers(now_ms: int, client_secret: str) -> dict[str, str]:
    """What a robot message carries: `timestamp` and `sign`."""
    timestamp = str(now_ms)
    return {"timestamp": timestamp, "sign": robot_sign(timestamp, client_secret)}


def card_sign(timestamp: str, api_secret: str) -> str:
    """The `x-ddpaas-signature` header of a card click: the timestamp alone, keyed with the `apiSecret`."""
    return _hmac_base64(api_secret, timestamp)


def card_headers(now_ms: int, api_secret: str) -> dict[str, str]:
    """What a card click carries; nothing when the callback was registered without an `apiSecret`."""
    if not api_secret:
        return {}
    timestamp = str(now_ms)
    return {
        "x-ddpaas-signature-timestamp": timestamp,
        "x-ddpaas-signature": card_sign(timestamp, api_secret),
    }


def _hmac_base64(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
