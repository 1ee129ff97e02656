"""Frames of a Stream connection: a push in, an acknowledgement out. Pure, and defensive.

Source: DingTalk's developerpedia, learn/stream/protocol. `data` is JSON in a string, every header a string;
one of its samples spells `headers` as `header`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rag_on_dingtalk.dingtalk.inbound.fields import has_too_many_parts

CALLBACK, EVENT, SYSTEM = "CALLBACK", "EVENT", "SYSTEM"

ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"
#: Which events come is ticked in the console.
EVENT_TOPIC = "*"

OK, BAD_REQUEST, NOT_FOUND, FAILED = 200, 400, 404, 500

#: As over HTTP: DingTalk's own bodies have a few KB.
MAX_DATA_BYTES = 64 * 1024


class UnreadableFrameError(ValueError):
    """Raised for a frame that cannot be acknowledged, because it does not say which it is."""


class Push(msgspec.Struct, frozen=True):
    """One frame from DingTalk.

    type: CALLBACK, EVENT or SYSTEM. message_id: of this delivery; a repetition has another one.
    headers: all of them, as strings.
    data: the decoded JSON; None when it is none, or more than DingTalk ever sends.
    """

    type: str
    topic: str
    message_id: str
    headers: dict[str, str]
    data: object

    def header(self, name: str) -> str:
        """One header; empty when it is not there."""
        return self.headers.get(name, "")


class Ack(msgspec.Struct, frozen=True):
    """What DingTalk is told about a push.

    code: 200 taken, 400 unreadable, 404 topic unknown, 500 failed.
    data: JSON values; what they mean depends on the push.
    """

    code: int
    data: object = None
    message: str = ""


def read_frame(raw: str | bytes) -> Push:
    """The push in a frame.

    Raises:
        UnreadableFrameError: it is no object with a type and a messageId.
    """
    frame = _decoded(raw)
    if not isinstance(frame, dict):
        raise UnreadableFrameError("a frame is not a JSON object")
    given = frame.get("headers", frame.get("header"))
    headers = {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    type_, message_id = frame.get("type"), headers.get("messageId", "")
    if not isinstance(type_, str) or not message_id:
        raise UnreadableFrameError("a frame has no type or no messageId")
    return Push(
        type=type_,
        topic=headers.get("topic", ""),
        message_id=message_id,
        headers=headers,
        data=_data(frame.get("data")),
    )


def encode_ack(push: Push, ack: Ack) -> str:
    """The frame that acknowledges a push."""
    frame = {
        "code": ack.code,
        "headers": {"messageId": push.message_id, "contentType": "application/json"},
        "message": ack.message or ("OK" if ack.code == OK else ""),
        "data": msgspec.json.encode(ack.data).decode(),
    }
    return msgspec.json.encode(frame).decode()


def _data(value: object) -> object:
    """Documented as JSON in a string."""
    if not isinstance(value, str):
        return value
    return _decoded(value)


def _decoded(raw: str | bytes) -> Any:
    data = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    # The frame is JSON around its data: quoting doubles what is in it, and headers add less than 4 KB.
    if len(data) > 2 * MAX_DATA_BYTES + 4 * 1024 or has_too_many_parts(data):
        return None
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # msgspec is stricter than chat clients: half an emoji (a lone surrogate) must not cost the question.
    import json

    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
