"""Pushes made, signed and judged without the callback's own code: a judge must not share its mistakes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
from urllib.parse import parse_qs, unquote

import msgspec
from Crypto.Cipher import AES

from tests.unit.webhook.edge import (
    AES_KEY,
    CARD_SECRET,
    CLIENT_ID,
    NEXT_SECRET,
    NOW_MS,
    PATH_SECRET,
    SECRET,
    TOKEN,
    click_body,
    event_body,
    http_push,
    message,
    wire,
)

NOW = str(NOW_MS)
WRONG = "another bot's secret"

#: What may sign a robot message, by bot. `hidden` has a path secret besides, `sealed` takes envelopes, too.
ROBOT_SECRETS = {
    "handbook": (SECRET,),
    "rotating": (SECRET, NEXT_SECRET),
    "hidden": (SECRET,),
    "sealed": (SECRET,),
}
_PAST_MS = {"robot": 3_600_000, "events": 600_000, "cards": 600_000}
_FUTURE_MS = 300_000
_LEAST_MS = 10**11
_KEY = base64.b64decode(AES_KEY + "=")
_BLOCK = 32


class Plain(msgspec.Struct, frozen=True):
    """What a push says, out of its envelope.

    route: `robot`, `events` or `cards`.
    """

    route: str
    bot: str
    body: bytes


SEEDS: tuple[Plain, ...] = (
    *(
        Plain("robot", bot, message(name).encode())
        for bot in ROBOT_SECRETS
        for name in ("robot_text_group", "robot_rich_text", "robot_quote", "robot_audio")
    ),
    *(Plain("robot", "handbook", message(name).encode()) for name in ("robot_file", "robot_quota_used_up")),
    *(
        Plain("events", "handbook", event_body(kind, userId=["user0002"]).encode())
        for kind in ("user_leave_org", "x")
    ),
    Plain("events", "handbook", event_body("chat_update_title", openConversationId="cid1").encode()),
    Plain("events", "handbook", b'{"EventType":"check_url"}'),
    *(Plain("cards", "handbook", click_body(action).encode()) for action in ("like", "dislike", "stop")),
    Plain("cards", "handbook", click_body("ask", {"action": "ask", "question": "住宿呢？"}).encode()),
)


def robot_mac(timestamp: str, secret: str) -> str:
    """The `sign` header."""
    return _mac(secret, f"{timestamp}\n{secret}")


def card_mac(timestamp: str, secret: str) -> str:
    """The `x-ddpaas-signature` header."""
    return _mac(secret, timestamp)


def event_digest(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """The `signature` in the query."""
    parts = sorted(_bytes(part) for part in (token, timestamp, nonce, encrypted))
    return hashlib.sha1(b"".join(parts)).hexdigest()  # noqa: S324 - DingTalk's choice


def seal(plain: bytes, owner: str = CLIENT_ID) -> bytes:
    """An envelope's cipher text, before base64."""
    content = b"0123456789abcdef" + struct.pack(">I", len(plain)) + plain + owner.encode()
    pad = _BLOCK - len(content) % _BLOCK
    return AES.new(_KEY, AES.MODE_CBC, _KEY[:16]).encrypt(content + bytes([pad]) * pad)


def unseal(encrypted: str) -> bytes:
    """What `seal` put into it; any other envelope gives any other bytes or ValueError."""
    content = AES.new(_KEY, AES.MODE_CBC, _KEY[:16]).decrypt(base64.b64decode(encrypted))
    (length,) = struct.unpack(">I", content[16:20])
    return content[20 : 20 + length]


def unpack(raw: bytes) -> Plain:
    """What a push on the wire says, as far as a reader without any care can read it.

    Raises:
        Exception: it cannot be read like that.
    """
    request = parse(raw)
    _, route, bot, *_ = request.path.split("/")
    body = request.body
    if route == "events" or (bot == "sealed" and b'"encrypt"' in body):
        body = unseal(json.loads(body)["encrypt"])
    return Plain(route, bot, body)


class Parsed(msgspec.Struct, frozen=True):
    """A request in parts; names of headers in lower case, repeated ones joined."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


def parse(raw: bytes) -> Parsed:
    """The first request of a connection.

    Raises:
        Exception: it is none.
    """
    head, _, rest = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    _, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = ",".join(filter(None, (headers.get(name.lower()), value.strip(" \t"))))
    parameters = parse_qs(query, keep_blank_values=True, errors="replace")
    return Parsed(
        path=unquote(path),
        query={name: ",".join(values) for name, values in parameters.items()},
        headers=headers,
        body=rest[: int(headers.get("content-length", 0))],
    )


def is_authentic(raw: bytes) -> bool:
    """Whether DingTalk may have signed this push, now."""
    request = parse(raw)
    _, route, bot, *end = request.path.rstrip("/").split("/")
    headers, query = request.headers, request.query
    if route == "robot":
        timestamp, given = headers["timestamp"], headers["sign"]
        expected = [robot_mac(timestamp, secret) for secret in ROBOT_SECRETS[bot]]
    elif route == "cards":
        timestamp, given = headers["x-ddpaas-signature-timestamp"], headers["x-ddpaas-signature"]
        expected = [card_mac(timestamp, CARD_SECRET)]
    else:
        timestamp, given = query["timestamp"], query.get("signature") or query["msg_signature"]
        # What is not read need not be UTF-8.
        encrypted = json.loads(request.body.decode("utf-8", "replace"), strict=False)["encrypt"]
        expected = [event_digest(TOKEN, timestamp, query.get("nonce", ""), encrypted)]
    age = NOW_MS - int(timestamp) * (1 if int(timestamp) >= _LEAST_MS else 1000)
    fresh = -_FUTURE_MS <= age <= _PAST_MS[route]
    return fresh and given in expected and end == ([PATH_SECRET] if bot == "hidden" else [])


def authentic(plain: Plain) -> bytes:
    """The push that says this, as DingTalk would send it."""
    path = f"/{plain.route}/{plain.bot}" + (f"/{PATH_SECRET}" if plain.bot == "hidden" else "")
    if plain.route == "robot":
        headers = {"Timestamp": NOW, "Sign": robot_mac(NOW, SECRET)}
        return wire(http_push(plain.body, path, headers=headers))
    if plain.route == "cards":
        signed = {"X-Ddpaas-Signature-Timestamp": NOW, "X-Ddpaas-Signature": card_mac(NOW, CARD_SECRET)}
        return wire(http_push(plain.body, path, headers=signed))
    encrypted = base64.b64encode(seal(plain.body)).decode()
    query = {"signature": event_digest(TOKEN, NOW, "n", encrypted), "timestamp": NOW, "nonce": "n"}
    return wire(http_push(json.dumps({"encrypt": encrypted}), path, query=query))


def _mac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), _bytes(text), hashlib.sha256).digest()).decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
