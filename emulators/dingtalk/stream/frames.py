"""What goes over a Stream connection, both ways. Pure.

Every value under `headers` is a string, and `data` is JSON in a string.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLBACK, EVENT, SYSTEM = "CALLBACK", "EVENT", "SYSTEM"

ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"
#: Which events come is ticked in the console.
EVENT_TOPIC = "*"
#: What a connection may subscribe to, as (type, topic); the last three exist and push nothing here.
SUBSCRIPTIONS = frozenset(
    {
        (CALLBACK, ROBOT_TOPIC),
        (CALLBACK, CARD_TOPIC),
        (EVENT, EVENT_TOPIC),
        (CALLBACK, "/v1.0/im/bot/messages/delegate"),
        (CALLBACK, "/v1.0/card/dynamicData/get"),
        (CALLBACK, "/v1.0/graph/api/invoke"),
    }
)


@dataclass(frozen=True)
class Outgoing:
    """One push before it has a connection.

    type, topic: what a connection must have subscribed to. headers: beside those that every frame has.
    """

    type: str
    topic: str
    data: Mapping[str, Any]
    headers: Mapping[str, str]

    def frame(self, message_id: str, now_ms: int, *, app_id: str, connection_id: str) -> str:
        """The text that is sent."""
        return json.dumps(
            {
                "specVersion": "1.0",
                "type": self.type,
                "headers": {
                    "appId": app_id,
                    "connectionId": connection_id,
                    "contentType": "application/json",
                    "messageId": message_id,
                    "time": str(now_ms),
                    "topic": self.topic,
                    **self.headers,
                },
                "data": json.dumps(self.data, ensure_ascii=False),
            },
            ensure_ascii=False,
        )


def event(event_type: str, event_id: str, data: Mapping[str, Any], *, corp_id: str, born_ms: int) -> Outgoing:
    """An event: its type, organisation and time are in the headers, and only its own fields in the data."""
    headers = {
        "eventId": event_id,
        "eventType": event_type,
        "eventBornTime": str(born_ms),
        "eventCorpId": corp_id,
        "eventUnifiedAppId": "unified-app",
    }
    return Outgoing(EVENT, EVENT_TOPIC, data, headers)


class UnreadableAckError(ValueError):
    """Raised when a frame from the bot is no acknowledgement."""


@dataclass(frozen=True)
class Ack:
    """What the bot sent back.

    data: the JSON text, not decoded.
    """

    code: int
    message_id: str
    data: str


def read_ack(raw: str | bytes) -> Ack:
    """An acknowledgement.

    Raises:
        UnreadableAckError: it is something else.
    """
    try:
        frame = read_json(raw)
        code, message_id, data = frame["code"], frame["headers"]["messageId"], frame.get("data", "")
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableAckError("a frame is not {code, headers: {messageId}, message, data}") from error
    if not isinstance(code, int) or not isinstance(message_id, str) or not isinstance(data, str):
        raise UnreadableAckError("code is a number, messageId a string, and data JSON in a string")
    return Ack(code, message_id, data)


def answer_in(data: str) -> Any:
    """What a callback's acknowledgement carries under `response`; None when it carries nothing.

    Raises:
        ValueError: the data is not such an object.
    """
    decoded = read_json(data)
    if not isinstance(decoded, dict):
        raise ValueError("the data of an acknowledgement is not a JSON object")  # noqa: TRY004 - one kind of mistake
    return decoded.get("response")
