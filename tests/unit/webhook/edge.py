"""A callback with its surroundings in hand, and the pushes that come to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from rag_on_dingtalk.cloud.fc_web import WebServer
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.dingtalk import envelope
from rag_on_dingtalk.dingtalk.signature import card_sign, robot_sign
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.settings.bot_base import BotBase
from rag_on_dingtalk.settings.sections.dingtalk import CardCallback, DingTalkApp, Events
from rag_on_dingtalk.webhook.app import Callback
from rag_on_dingtalk.webhook.routes import RouteTable
from rag_on_dingtalk.webhook.submit import JobQueue, WebhookContext
from tests.conftest import load_event
from tests.recorded_queue import RecordedQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.settings.secret import Secret

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


def app(**settings: Any) -> DingTalkApp:
    given: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "client_secret": "env:SECRET",
        "card_callback": CardCallback(secret="env:CARD", route="handbook"),
        "events": Events(token="env:TOKEN", aes_key="env:AES"),
    }
    return DingTalkApp(**{**given, **settings})


BOTS = {
    "handbook": BotBase(dingtalk=app(corp_id=CORP_ID)),
    "english": BotBase(dingtalk=app(), language="en"),
    "plain": BotBase(dingtalk=app(card_callback=None, events=None)),
    "rotating": BotBase(dingtalk=app(next_client_secret="env:NEXT")),
    "hidden": BotBase(dingtalk=app(path_secret="env:PATH_SECRET")),
    "sealed": BotBase(dingtalk=app(aes_key="env:AES")),
    "only-sealed": BotBase(dingtalk=app(aes_key="env:AES", encrypted_only=True)),
    "unfinished": BotBase(
        dingtalk=app(
            client_secret=f"env:{MISSING}", events=Events(token="env:TOKEN", aes_key="env:SHORT_AES")
        )
    ),
    "worded": BotBase(dingtalk=app(), texts={"not_queued": "稍等再来。"}),
}


@dataclass
class Edge(RecordedQueue):
    """The callback; `refuse` closes its queue, `kms` resolves its secrets, `seconds` is what time it is."""

    kms: Callable[[str], Secret] | None = None
    seconds: float = 0.0
    bots: dict[str, BotBase] = field(default_factory=lambda: dict(BOTS))
    environ: dict[str, str] = field(default_factory=lambda: dict(ENVIRON))

    def __post_init__(self) -> None:
        context = WebhookContext(
            queue=JobQueue(enqueue=self.enqueue, log=self.log),
            webhook_host="https://oapi.dingtalk.com",
            clock=lambda: NOW_MS / 1000,
            random_bytes=lambda count: b"r" * count,
            log=self.log,
        )
        routes = RouteTable(
            self.bots,
            resolve=self.kms or (lambda ref: resolve_secret(ref, self.environ)),
            log=self.log,
            clock=lambda: self.seconds,
        )
        self.callback = Callback(routes, context)

    @property
    def reasons(self) -> list[Any]:
        """Why requests were refused."""
        return [fields["reason"] for message, fields in self.lines if message == "refused"]

    def send(self, push: dict[str, Any] | bytes) -> tuple[int, Any]:
        """Status and decoded body of the answer to a push, or to bytes as they come over the wire."""
        return exchange(WebServer(self.callback.answer, log=self.log, mark=len), push)


def exchange(server: WebServer, push: dict[str, Any] | bytes) -> tuple[int, Any]:
    """Status and decoded body of what a server answers on a connection that brings this push."""
    answer = bytearray()
    server.exchange(BytesIO(push if isinstance(push, bytes) else wire(push)), answer.extend)
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body else {}


def http_push(
    body: str | bytes,
    path: str,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A push in parts, so that a test can change one."""
    return {
        "method": method,
        "path": path,
        "query": query or {},
        "headers": {"Content-Type": "application/json; charset=utf-8", **(headers or {})},
        "body": body,
    }


def wire(push: dict[str, Any]) -> bytes:
    """The push as HTTP; header values as UTF-8, since the wire takes any bytes."""
    body = push["body"]
    body = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
    target = quote(push["path"], errors="replace")
    if push["query"]:
        target += "?" + urlencode(push["query"], errors="replace")
    headers = dict(push["headers"])
    if not {"content-length", "transfer-encoding"} & {name.lower() for name in headers}:
        headers["Content-Length"] = str(len(body))
    lines = [f"{push['method']} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + body


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
    """A robot message; header names as the platform canonicalises them."""
    sign = robot_sign(timestamp, secret) if sign is None else sign
    return http_push(body, path, method=method, headers={"Timestamp": timestamp, "Sign": sign})


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
    return http_push(json.dumps({"encrypt": encrypted}), path, query={**query, **changes})


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
    return http_push(
        body,
        path,
        headers={
            "X-Ddpaas-Signature-Timestamp": timestamp,
            "X-Ddpaas-Signature": card_sign(timestamp, secret) if sign is None else sign,
        },
    )
