"""One bot the real way: DingTalk's side, the callback, the worker and a model that keeps what it is asked."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE
from emulators.serving import LoopbackServer
from rag_on_dingtalk.backends.registry import open_backend
from rag_on_dingtalk.dingtalk.directory.person_names import Directory
from rag_on_dingtalk.net.fetching import Fetched
from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import OpenAICompatible
from rag_on_dingtalk.settings.sections.dingtalk import Budget, DingTalkApp
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from tests.builders import NOW_MS
from tests.contract.webhook.conftest import CLIENT_ID, SECRETS, TEMPLATE, faults, front
from tests.in_process import API, Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from starlette.requests import Request

    from emulators.dingtalk import Card, Conversation, Message
    from emulators.faults import FaultBoard
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.pipeline.context import BotRuntime
    from tests.contract.webhook.conftest import Front

#: Fixtures of the callback's tests.
__all__ = ["faults", "front"]

#: As the callback of `front` knows the bot.
TITLE = "知识助手"


class Wire(httpx.AsyncBaseTransport):
    """DingTalk's APIs.

    answers: a body, with HTTP 200, in the place of an API's answer, by path. hanging: paths never answered.
    """

    def __init__(self, front: Front) -> None:
        self._dingtalk = httpx.ASGITransport(front.side.app)
        self.answers: dict[str, dict[str, Any]] = {}
        self.hanging: set[str] = set()
        self.calls: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path}")
        if request.url.path in self.hanging:
            await asyncio.Event().wait()
        if request.url.path in self.answers:
            return httpx.Response(200, json=self.answers[request.url.path])
        if request.url.path.endswith("/accessToken"):
            # The worker of the tests has a secret of its own.
            body = {**json.loads(request.content), "appSecret": SECRETS["client"]}
            request = httpx.Request(request.method, request.url, json=body)
        return await self._dingtalk.handle_async_request(request)


class Downloads:
    """Fetches what DingTalk keeps, over the same wire."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def fetch(self, url: str) -> Fetched:
        response = await self._http.get(url)
        return Fetched(url, response.content, "")


class RealWorker(Worker):
    """The worker over the wire of `front`."""

    def _builder(self, http: httpx.AsyncClient) -> Callable[[str, Bot], Awaitable[BotRuntime]]:
        build = super()._builder(http)

        async def _build(name: str, settings: Bot) -> BotRuntime:
            runtime = await build(name, settings)
            directory = Directory(
                api=runtime.channels.api, http=http, oapi_url=API, clock=self._now, log=self._write
            )
            return msgspec.structs.replace(runtime, downloads=Downloads(http), directory=directory)

        return _build


@dataclass
class World:
    """A bot over a model that keeps what it is asked and says `answer`."""

    front: Front
    faults: FaultBoard
    worker: Worker
    wire: Wire
    requests: list[dict[str, Any]]
    answer: list[str] = field(default_factory=lambda: ["三楼。"])
    done: int = 0

    async def push(
        self,
        fields: dict[str, Any],
        *,
        group: bool = True,
        times: int = 1,
        quote: Message | Card | None = None,
    ) -> None:
        """Push one message of 小明 whose body has these fields, and answer all that was queued."""
        side = self.front.side
        person, robot = side.person("小明"), side.robot("handbook")
        conversation = side.group() if group else side.private(person, robot)
        outcome = await side.say(
            person=person,
            conversation=conversation,
            robot=robot,
            text=fields["text"]["content"] if quote is not None else "几点？",
            # Its payload is replaced by ours, and a kind that is not text has no `text` beside it.
            kind="text" if fields.get("msgtype") == "text" else "unknownMsgType",
            # The payload of a quote is made by DingTalk's side out of what is quoted.
            fields={key: value for key, value in fields.items() if quote is None or key != "text"},
            times=times,
            quote=quote,
        )
        assert (outcome.status, outcome.body) == (200, '{"msgtype":"empty"}')
        await self.work()

    async def work(self) -> None:
        """What async_answer does with the queue."""
        while self.done < len(self.front.queued):
            job: Question = self.front.queued[self.done]
            self.done += 1
            await self.worker.dispatcher.dispatch(job, self.worker.invocation())

    @property
    def asked(self) -> list[str]:
        """The words of each question that the model got."""
        return [_words(request["messages"][-1]["content"]) for request in self.requests]

    @property
    def pictures(self) -> list[bytes]:
        """The pictures that went with the last question."""
        content = self.requests[-1]["messages"][-1]["content"]
        urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
        return [base64.b64decode(url.partition(",")[2]) for url in urls]

    @property
    def group(self) -> Conversation:
        return self.front.side.group()

    @property
    def said(self) -> list[Message]:
        """The bot's messages in the group, oldest first."""
        return [message for message in self.group.messages if message.from_robot]

    @property
    def cards(self) -> list[Card]:
        return self.group.cards

    def sent_picture(self) -> str:
        """The code of a picture that a person has sent."""
        side = self.front.side
        return side.media.send(SAMPLE_PICTURE, side.robot("handbook")).code


def text(words: str, **more: Any) -> dict[str, Any]:
    """A text message; `more` stands beside its words."""
    return {"msgtype": "text", "text": {"content": words, **more}}


def _words(content: str | list[dict[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part["type"] == "text")


@pytest.fixture
def budget() -> Budget:
    """What may be spent on DingTalk's API; a test that needs another one parametrizes this."""
    return Budget()


@pytest.fixture
def operations() -> OperationsSettings:
    """What the operators get; a test that needs more overrides this."""
    return OperationsSettings()


@pytest_asyncio.fixture
async def world(
    front: Front, faults: FaultBoard, budget: Budget, operations: OperationsSettings
) -> AsyncIterator[World]:
    requests: list[dict[str, Any]] = []
    worlds: list[World] = []

    async def complete(request: Request) -> Response:
        requests.append(await request.json())
        pieces = worlds[0].answer

        def stream() -> Iterator[str]:
            for piece in pieces:
                choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
                yield f"data: {json.dumps({'choices': [choice]})}\n\n"
            yield 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

        return StreamingResponse(stream(), media_type="text/event-stream")

    model = LoopbackServer(Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])]))  # type: ignore[arg-type]  # starlette and uvicorn each describe ASGI with types of their own
    await model.start()
    bot = Bot(
        title=TITLE,
        dingtalk=DingTalkApp(client_id=CLIENT_ID, client_secret="env:S", card=TEMPLATE, budget=budget),
        backend=OpenAICompatible(base_url=f"{model.url}/v1", api_key="env:K", model="m", history=0),
        operations=operations,
    )
    async with AsyncExitStack() as stack:
        wire = Wire(front)
        worker = RealWorker(bot, dingtalk=wire)  # type: ignore[arg-type]  # as a transport
        worker.skipped_ms = int(time.time() * 1000) - NOW_MS - int(asyncio.get_running_loop().time() * 1000)
        backend: Any = await stack.enter_async_context(open_backend(bot.main_backend, Secret("k")))
        worker.backend = backend
        await stack.enter_async_context(worker.started())
        worlds.append(World(front, faults, worker, wire, requests))
        yield worlds[0]
    await model.stop()
