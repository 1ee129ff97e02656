"""Every call passes the gate that it is charged to, and no call passes it unnoticed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio

from rag_on_dingtalk.config import Secret
from rag_on_dingtalk.dingtalk.client import OpenApi
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN_PATH = "/v1.0/oauth2/accessToken"
STREAMING = "PUT /v1.0/card/streaming"
QPS = (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")


@dataclass
class DingTalk:
    """Answers with the refusals it was given, then with success."""

    refusals: list[tuple[int, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    tokens: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == TOKEN_PATH:
            self.tokens += 1
            return httpx.Response(200, json={"accessToken": f"token{self.tokens}", "expireIn": 7200})
        self.paths.append(request.url.path)
        if self.refusals:
            status, code = self.refusals.pop(0)
            return httpx.Response(status, json={"code": code, "message": "no"})
        return httpx.Response(200, json={"success": True})


@dataclass
class Gate:
    """Writes down who came through."""

    closed: bool = False
    entered: list[tuple[str, bool]] = field(default_factory=list)
    uncounted: list[str] = field(default_factory=list)

    async def enter(self, api: str, *, patient: bool) -> None:
        if self.closed:
            raise DingTalkError("month_used_up", "not sent", status=403)
        self.entered.append((api, patient))

    def not_counted(self, api: str) -> None:
        self.uncounted.append(api)


@dataclass
class World:
    """An app, its gate, and DingTalk."""

    dingtalk: DingTalk
    app: OpenApi
    gate: Gate

    async def call(self, **how: Any) -> dict[str, Any]:
        return await self.app.charged_to(self.gate).call("PUT", "/v1.0/card/streaming", {}, **how)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async def sleep(_: float) -> None:
        return

    dingtalk = DingTalk()
    async with httpx.AsyncClient(transport=httpx.MockTransport(dingtalk)) as http:
        app = OpenApi(
            http=http,
            api_url="https://api.example.com",
            client_id="ding1",
            client_secret=Secret("s"),
            clock=lambda: 0.0,
            sleep=sleep,
        )
        yield World(dingtalk, app, Gate())


async def test_every_attempt_passes_the_gate_and_the_token_does_not(world: World) -> None:
    world.dingtalk.refusals = [(500, "system.busy")]

    await world.call()

    assert world.gate.entered == [(STREAMING, True)] * 2
    assert world.dingtalk.tokens == 1
    assert world.gate.uncounted == []


async def test_a_call_refused_for_its_rate_is_not_counted(world: World) -> None:
    world.dingtalk.refusals = [QPS]

    await world.call()

    assert len(world.gate.entered) == 2
    assert world.gate.uncounted == [STREAMING]


async def test_being_busy_is_counted_although_it_looks_like_throttling(world: World) -> None:
    world.dingtalk.refusals = [(429, "system.busy")]

    await world.call()

    assert world.gate.uncounted == []


async def test_a_call_with_one_attempt_waits_for_nothing(world: World) -> None:
    await world.call(attempts=1)

    assert world.gate.entered == [(STREAMING, False)]


async def test_the_last_of_many_attempts_still_waits(world: World) -> None:
    world.dingtalk.refusals = [QPS, QPS]

    await world.call(attempts=3)

    assert world.gate.entered == [(STREAMING, True)] * 3


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
