"""A callback with its surroundings in hand, and the pushes that come to it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from rag_on_dingtalk.dingtalk import envelope
from rag_on_dingtalk.dingtalk.signature import card_sign, robot_sign
from rag_on_dingtalk.errors import QueueError
from rag_on_dingtalk.intake.callback import Callback
from rag_on_dingtalk.intake.desk import Desk
from rag_on_dingtalk.intake.doors import App, BotSettings, CardCallback, Doors, Events
from rag_on_dingtalk.model import turn_id_of
from rag_on_dingtalk.queue.jobs import decode_job
from rag_on_dingtalk.secrets import resolve_secret
from tests.conftest import load_event

NOW_MS = 1_767_225_600_500
CLIENT_ID, CORP_ID = "dingexample0appkey01", "dingexamplecorp0001"
SECRET = "exampleSecret_0123456789-abcdefABCDEF"
NEXT_SECRET = "nextSecret_0123456789"
CARD_SECRET = "exampleCardApiSecret01"
TOKEN = "exampleToken01"
AES_KEY = "kbtMLrA2q9XcEwY7uZs3HfVj5GdNp8RiT1oKxQeUvC4"
PATH_SECRET = "exampleP4th-s3cret"
TURN = turn_id_of("handbook", "msgExample0001==")

SAY_NOTHING = {"msgtype": "empty"}
UNAUTHORIZED = {"error": "unauthorized"}

ENVIRON = {
    "SECRET": SECRET,
    "NEXT": NEXT_SECRET,
    "CARD": CARD_SECRET,
    "TOKEN": TOKEN,
    "AES": AES_KEY,
    "PATH_SECRET": PATH_SECRET,
    "SHORT_AES": AES_KEY[:-1],
}

#: Referred to by the bot `unfinished`, and there only when a test puts it there.
MISSING = "MISSING"


def app(**settings: Any) -> App:
    given: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "client_secret": "env:SECRET",
        "card_callback": CardCallback("env:CARD"),
        "events": Events("env:TOKEN", "env:AES"),
    }
    return App(**{**given, **settings})


BOTS = {
    "handbook": BotSettings(app(corp_id=CORP_ID)),
    "english": BotSettings(app(), language="en"),
    "plain": BotSettings(app(card_callback=None, events=None)),
    "rotating": BotSettings(app(next_client_secret="env:NEXT")),
    "hidden": BotSettings(app(path_secret="env:PATH_SECRET")),
    "sealed": BotSettings(app(aes_key="env:AES")),
    "only-sealed": BotSettings(app(aes_key="env:AES", encrypted_only=True)),
    "unfinished": BotSettings(
        app(client_secret=f"env:{MISSING}", events=Events("env:TOKEN", "env:SHORT_AES"))
    ),
    "worded": BotSettings(app(), texts={"not_queued": "稍等再来。"}),
}


@dataclass
class Edge:
    """The callback; `refuse` closes its queue."""

    refuse: bool = False
    bots: dict[str, BotSettings] = field(default_factory=lambda: dict(BOTS))
    environ: dict[str, str] = field(default_factory=lambda: dict(ENVIRON))
    payloads: list[bytes] = field(default_factory=list)
    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        desk = Desk(
            enqueue=self._enqueue,
            webhook_host="https://oapi.dingtalk.com",
            clock=lambda: NOW_MS / 1000,
            random_bytes=lambda count: b"r" * count,
            log=self._log,
        )
        doors = Doors(self.bots, resolve=lambda ref: resolve_secret(ref, self.environ), log=self._log)
        self.callback = Callback(doors, desk)

    def _enqueue(self, payload: bytes) -> str:
        if self.refuse:
            raise QueueError("Function Compute answered 503")
        self.payloads.append(payload)
        return "request-1"

    def _log(self, message: str, *, level: str = "INFO", **fields: str | int) -> None:
        self.lines.append((message, {"level": level, **fields}))

    @property
    def queued(self) -> list[Any]:
        """The jobs."""
        return [decode_job(payload) for payload in self.payloads]

    @property
    def reasons(self) -> list[Any]:
        """Why requests were refused."""
        return [fields["reason"] for message, fields in self.lines if message == "refused"]

    def send(self, event: dict[str, Any] | bytes) -> tuple[int, Any]:
        """Status and decoded body of the answer."""
        raw = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        answer = self.callback.answer(raw).as_event()
        return answer["statusCode"], json.loads(answer["body"])


def http_event(
    body: str | bytes,
    path: str,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The event FC makes of a push."""
    return {
        "version": "v1",
        "rawPath": path,
        "headers": {"Content-Type": "application/json; charset=utf-8", **(headers or {})},
        "queryParameters": query or {},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "203.0.113.9"}},
    }


def message(name: str = "robot_text_private", **changes: Any) -> str:
    """A robot message's body."""
    return json.dumps({**load_event(name), **changes}, ensure_ascii=False)


def robot_push(
    body: str | bytes,
    path: str = "/robot/handbook",
    *,
    method: str = "POST",
    timestamp: str = str(NOW_MS),
    sign: str | None = None,
    secret: str = SECRET,
) -> dict[str, Any]:
    """A robot message; header names as Go canonicalises them."""
    sign = robot_sign(timestamp, secret) if sign is None else sign
    return http_event(body, path, method=method, headers={"Timestamp": timestamp, "Sign": sign})


def sealed(plain: str, *, owner: str = CLIENT_ID, aes_key: str = AES_KEY) -> str:
    """An envelope."""
    return envelope.encrypt(plain.encode(), envelope.decode_key(aes_key), owner, b"0123456789abcdef")


def event_push(
    plain: str,
    path: str = "/events/handbook",
    *,
    owner: str = CLIENT_ID,
    timestamp: str = str(NOW_MS),
    token: str = TOKEN,
    parameter: str = "signature",
    **changes: str,
) -> dict[str, Any]:
    """An event push; changes are to the query."""
    encrypted = sealed(plain, owner=owner)
    query = {"timestamp": timestamp, "nonce": "nOnCe8ab"}
    query[parameter] = envelope.sign(token, timestamp, query["nonce"], encrypted)
    return http_event(json.dumps({"encrypt": encrypted}), path, query={**query, **changes})


def event_body(type_: str = "user_leave_org", event_id: str = "evt1", **fields: Any) -> str:
    """What is in an event push."""
    event = {
        "EventType": type_,
        "EventTime": 1_767_225_600_000,
        "CorpId": CORP_ID,
        "BizId": "1767225600000",
        "eventId": event_id,
    }
    return json.dumps({**event, **fields}, ensure_ascii=False)


def opened(answer: dict[str, str]) -> envelope.Opened:
    """What an answer to an event push says, its signature checked."""
    assert envelope.signature_is_valid(
        answer["msg_signature"], TOKEN, answer["timeStamp"], answer["nonce"], answer["encrypt"]
    )
    return envelope.decrypt(answer["encrypt"], envelope.decode_key(AES_KEY), (CLIENT_ID, CORP_ID))


def click_body(action: str = "like", params: dict[str, Any] | None = None, **changes: Any) -> str:
    """A click on our template's button."""
    content = {
        "cardPrivateData": {
            "actionIds": [action],
            "params": {"action": action} if params is None else params,
        }
    }
    body = {
        "type": "actionCallback",
        "outTrackId": TURN,
        "corpId": CORP_ID,
        "userId": "user0001",
        "content": json.dumps(content, ensure_ascii=False),
    }
    return json.dumps({**body, **changes}, ensure_ascii=False)


def card_push(
    body: str,
    path: str = "/cards/handbook",
    *,
    timestamp: str = str(NOW_MS),
    sign: str | None = None,
    secret: str = CARD_SECRET,
) -> dict[str, Any]:
    """A click."""
    return http_event(
        body,
        path,
        headers={
            "X-Ddpaas-Signature-Timestamp": timestamp,
            "X-Ddpaas-Signature": card_sign(timestamp, secret) if sign is None else sign,
        },
    )
