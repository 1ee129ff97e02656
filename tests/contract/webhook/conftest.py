"""The callback between DingTalk's side and a queue that keeps what it takes."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import Response

from emulators.dingtalk import DingTalkSide, EventSubscription, InProcess, RobotApp
from emulators.faults import FaultBoard
from rag_on_dingtalk.cloud.fc_web import HttpRequest
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.cards.card_route import register_card_route
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.settings.bot_base import BotBase
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.dingtalk import CardCallback, CardTemplate, DingTalkApp, Events
from rag_on_dingtalk.webhook.app import Callback
from rag_on_dingtalk.webhook.routes import RouteTable
from rag_on_dingtalk.webhook.submit import JobQueue, WebhookContext
from tests.recorded_queue import RecordedQueue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from emulators.dingtalk import Card
    from rag_on_dingtalk.models.question import Question

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
class Front(RecordedQueue):
    """The deployed callback behind FC's HTTP trigger; `refuse` closes the queue."""

    side: DingTalkSide

    def __post_init__(self) -> None:
        app = DingTalkApp(
            client_id=CLIENT_ID,
            client_secret="client",
            corp_id=CORP_ID,
            path_secret="path",
            card_callback=CardCallback(secret="card", route="handbook"),
            events=Events(token="token", aes_key="aes"),
        )
        self.callback = Callback(
            RouteTable(
                {"handbook": BotBase(dingtalk=app)}, resolve=lambda ref: Secret(SECRETS[ref]), log=self.log
            ),
            WebhookContext(
                queue=JobQueue(enqueue=self.enqueue, log=self.log),
                webhook_host="http://dingtalk.test",
                clock=time.time,
                random_bytes=os.urandom,
                log=self.log,
            ),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as FC would."""
        request = Request(scope, receive)
        answer = self.callback.answer(
            HttpRequest(
                method=request.method,
                path=request.url.path,
                query=dict(request.query_params),
                headers=dict(request.headers),
                body=await request.body(),
            )
        )
        await Response(answer.body, answer.status)(scope, receive, send)

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
    """The transport is needed before the application that it calls is built."""

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
