"""The callback between DingTalk's side and a queue that keeps what it takes."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import Response

from local.dingtalk import DingTalkSide, EventSubscription, InProcess, RobotApp
from local.faults import FaultBoard
from local.function_compute.event import HttpRequest, build_event
from rag_on_dingtalk.config import CardTemplate
from rag_on_dingtalk.dingtalk.card_route import register_card_route
from rag_on_dingtalk.dingtalk.cards import Cards
from rag_on_dingtalk.dingtalk.client import OpenApi
from rag_on_dingtalk.errors import QueueError
from rag_on_dingtalk.intake.callback import Callback
from rag_on_dingtalk.intake.desk import Desk
from rag_on_dingtalk.intake.doors import App, BotSettings, CardCallback, Doors, Events
from rag_on_dingtalk.queue.jobs import decode_job
from rag_on_dingtalk.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from local.dingtalk import Card
    from rag_on_dingtalk.model import Question

EDGE = "http://edge.test"
AES_KEY = "kbtMLrA2q9XcEwY7uZs3HfVj5GdNp8RiT1oKxQeUvC4"
SECRETS = {
    "client": "secret-1",
    "card": "card-secret",
    "token": "exampleToken01",
    "aes": AES_KEY,
    "path": "example-p4th-s3cret",
}
CLIENT_ID, CORP_ID = "dingexample0appkey01", "dingexamplecorp0001"
TEMPLATE = CardTemplate(id="ours.schema", variable="content", buttons=True)


@dataclass
class Front:
    """The deployed callback behind FC's HTTP trigger; `refuse` closes the queue."""

    side: DingTalkSide
    refuse: bool = False
    payloads: list[bytes] = field(default_factory=list)
    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = App(
            client_id=CLIENT_ID,
            client_secret="client",
            corp_id=CORP_ID,
            path_secret="path",
            card_callback=CardCallback("card"),
            events=Events("token", "aes"),
        )
        self.callback = Callback(
            Doors({"handbook": BotSettings(app)}, resolve=lambda ref: Secret(SECRETS[ref]), log=self._log),
            Desk(
                enqueue=self._enqueue,
                webhook_host="http://dingtalk.test",
                clock=time.time,
                random_bytes=os.urandom,
                log=self._log,
            ),
        )

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as FC would."""
        request = Request(scope, receive)
        event = build_event(
            HttpRequest(
                method=request.method,
                raw_path=scope["raw_path"].decode(),
                query=scope["query_string"].decode(),
                headers=tuple(request.headers.items()),
                body=await request.body(),
                source_ip="203.0.113.9",
                received=time.time(),
            ),
            request_id="1-0",
            account_id="1000000000000001",
        )
        answer = self.callback.answer(event).as_event()
        await Response(answer["body"], answer["statusCode"], answer["headers"])(scope, receive, send)

    async def card_of(self, question: Question) -> Card:
        """The card that our own code makes for a question, its route registered by our own code."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.side.app)) as http:
            api = OpenApi(
                http=http,
                api_url=self.side.url,
                client_id=CLIENT_ID,
                client_secret=Secret(SECRETS["client"]),
                clock=time.time,
            )
            await register_card_route(
                api,
                route="handbook",
                url=f"{EDGE}/cards/handbook/example-p4th-s3cret",
                secret=Secret(SECRETS["card"]),
                replace=False,
            )
            cards = Cards(
                api=api,
                robot_code=CLIENT_ID,
                template=TEMPLATE,
                callback_route="handbook",
                frame_id=lambda: "frame",
            )
            await cards.create(question, summary="…")
        return self.side.card(question.turn_id)


class _Later:
    """The transport is needed before there is anybody to transport to."""

    def __init__(self) -> None:
        self.front: Front | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.front is not None
        await self.front(scope, receive, send)


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest_asyncio.fixture
async def front(faults: FaultBoard) -> AsyncIterator[Front]:
    robot = RobotApp(
        name="handbook",
        client_id=CLIENT_ID,
        client_secret=SECRETS["client"],
        callback_url=f"{EDGE}/robot/handbook/example-p4th-s3cret",
        card_templates={TEMPLATE.id: TEMPLATE.variable},
        events=EventSubscription(f"{EDGE}/events/handbook/example-p4th-s3cret", SECRETS["token"], AES_KEY),
    )
    later = _Later()
    side = DingTalkSide(
        robots=[robot],
        faults=faults,
        corp_id=CORP_ID,
        in_process=InProcess("http://dingtalk.test", httpx.ASGITransport(later)),
    )
    later.front = Front(side)
    yield later.front
    await side.stop()
