"""Every call passes the gate that it is charged to, and no call passes it unnoticed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from rag_on_dingtalk.dingtalk.openapi.call_gate import USED_UP, Priority, is_counted, not_sent
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.errors import DingTalkError
from tests.builders import an_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

TOKEN_PATH = "/v1.0/oauth2/accessToken"
STREAMING = "PUT /v1.0/card/streaming"
QPS = (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")


@dataclass
class DingTalk:
    """Answers with the refusals it was given, then with success."""

    refusals: list[tuple[int, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    tokens: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == TOKEN_PATH:
            self.tokens += 1
            return httpx.Response(200, json={"accessToken": f"token{self.tokens}", "expireIn": 7200})
        self.paths.append(request.url.path)
        self.bodies.append(msgspec.json.decode(request.content))
        if self.refusals:
            status, code = self.refusals.pop(0)
            return httpx.Response(status, json={"code": code, "message": "no"})
        return httpx.Response(200, json={"success": True})


@dataclass
class Gate:
    """Writes down which calls came through."""

    closed: bool = False
    entered: list[tuple[str, Priority]] = field(default_factory=list)
    uncounted: list[str] = field(default_factory=list)
    waited: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def reserve(self, api: str, priority: Priority) -> AsyncIterator[None]:
        if self.closed:
            raise not_sent(USED_UP, "not sent")
        self.entered.append((api, priority))
        self.waited()
        try:
            yield
        except DingTalkError as error:
            if not is_counted(error):
                self.uncounted.append(api)
            raise


@dataclass
class World:
    """An app, its gate, and DingTalk."""

    dingtalk: DingTalk
    app: OpenApi
    gate: Gate

    async def call(self, body: Any = None, **how: Any) -> dict[str, Any]:
        return await self.app.charged_to(self.gate).call("PUT", "/v1.0/card/streaming", body or {}, **how)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    dingtalk = DingTalk()
    async with httpx.AsyncClient(transport=httpx.MockTransport(dingtalk)) as http:
        app = an_api(http)
        yield World(dingtalk, app, Gate())


async def test_every_attempt_passes_the_gate_and_the_token_does_not(world: World) -> None:
    world.dingtalk.refusals = [(500, "system.busy")]

    await world.call()

    assert world.gate.entered == [(STREAMING, Priority.MUST)] * 2
    assert world.dingtalk.tokens == 1
    assert world.gate.uncounted == []


async def test_a_call_refused_for_its_rate_is_not_counted(world: World) -> None:
    world.dingtalk.refusals = [QPS]

    await world.call()

    assert len(world.gate.entered) == 2
    assert world.gate.uncounted == [STREAMING]


@pytest.mark.parametrize(
    ("failure", "counted"),
    [(httpx.ConnectError("refused"), False), (httpx.ReadTimeout("no answer"), True)],
    ids=["no connection", "no answer"],
)
async def test_without_a_connection_neither_a_call_nor_an_upload_is_counted(
    failure: httpx.HTTPError,
    counted: bool,  # noqa: FBT001 - a case
) -> None:
    dingtalk, gate = DingTalk(), Gate()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == TOKEN_PATH:
            return dingtalk(request)
        raise failure

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        app = an_api(http).charged_to(gate)
        media = Media(api=app, http=http, oapi_url="https://oapi.dingtalk.com", robot_code="ding1")
        with pytest.raises(DingTalkError) as called:
            await app.call("PUT", "/v1.0/card/streaming", {}, attempts=1)
        with pytest.raises(DingTalkError) as uploaded:
            await media.upload("image", name="a.png", media_type="image/png", data=b"a")

    assert len(gate.uncounted) == (0 if counted else len(gate.entered))
    assert (called.value.may_have_happened, uploaded.value.may_have_happened) == (counted, counted)


async def test_being_busy_is_counted_although_it_looks_like_throttling(world: World) -> None:
    world.dingtalk.refusals = [(429, "system.busy")]

    await world.call()

    assert world.gate.uncounted == []


@pytest.mark.parametrize("priority", Priority)
async def test_every_attempt_has_the_priority_of_the_call(world: World, priority: Priority) -> None:
    world.dingtalk.refusals = [QPS, QPS]

    await world.call(priority=priority, attempts=3)

    assert world.gate.entered == [(STREAMING, priority)] * 3


async def test_a_call_with_one_attempt_is_not_repeated_and_keeps_its_priority(world: World) -> None:
    world.dingtalk.refusals = [QPS]

    with pytest.raises(DingTalkError):
        await world.call(attempts=1)

    assert world.gate.entered == [(STREAMING, Priority.MUST)]


async def test_a_body_is_made_after_the_waiting_and_anew_for_each_attempt(world: World) -> None:
    newest = ["old"]
    world.gate.waited = lambda: newest.append(f"after waiting {len(newest)}")
    world.dingtalk.refusals = [QPS]

    await world.call(lambda: {"content": newest[-1]})

    assert world.dingtalk.bodies == [{"content": "after waiting 1"}, {"content": "after waiting 2"}]


async def test_what_the_gate_refuses_is_neither_sent_nor_repeated(world: World) -> None:
    world.gate.closed = True

    with pytest.raises(DingTalkError, match="month_used_up"):
        await world.call()

    assert world.dingtalk.paths == []


async def test_all_gates_share_one_token(world: World) -> None:
    await world.call()
    await world.app.charged_to(Gate()).call("POST", "/v1.0/card/instances", {})

    assert world.dingtalk.tokens == 1


async def test_a_refused_token_is_fetched_again_for_everybody(world: World) -> None:
    world.dingtalk.refusals = [(400, "InvalidAuthentication")]

    await world.call()
    await world.app.call("POST", "/v1.0/card/instances", {})

    assert world.dingtalk.tokens == 2
    assert len(world.gate.entered) == 2
