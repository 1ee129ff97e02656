"""Our Stream client and the emulated gateway, over real sockets."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators.dingtalk import DingTalkSide, PushOutcome, RobotApp, StreamTimes
from emulators.faults import FaultBoard
from rag_on_dingtalk.dingtalk.stream.client import StreamClient, connected
from rag_on_dingtalk.dingtalk.stream.frames import CARD_TOPIC, EVENT, OK, Ack, Push
from rag_on_dingtalk.dingtalk.stream.opening import StreamApp
from rag_on_dingtalk.dingtalk.stream.timing import Timing
from rag_on_dingtalk.settings.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.dingtalk.stream import Connection

PATIENCE = 120.0
#: Attempts follow at once, so that no test waits.
AT_ONCE = Timing(first_pause=0.0, refused_pause=0.0, longest_refused_pause=0.0)


def taken(push: Push) -> Ack:
    """As the bridge acknowledges what it has taken."""
    if push.type == EVENT:
        return Ack(OK, {"status": "SUCCESS", "message": ""})
    return Ack(OK, {"response": {} if push.topic == CARD_TOPIC else None})


@dataclass
class Bot:
    """What handles the pushes; `held` keeps acknowledgements back until `release` is set."""

    side: DingTalkSide
    robot: RobotApp
    http: httpx.AsyncClient
    pushes: list[Push] = field(default_factory=list)
    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failure: Exception | None = None
    release: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, push: Push) -> Ack:
        self.pushes.append(push)
        self.asked.set()
        await self.release.wait()
        if self.failure is not None:
            raise self.failure
        return taken(push)

    def log(self, message: str, *, level: str = "INFO", **fields: str | int) -> None:
        self.lines.append((message, {"level": level, **fields}))

    def client(self, timing: Timing = AT_ONCE, **more: Any) -> StreamClient:
        app = StreamApp(self.robot.client_id, Secret("secret-1"), self.side.url)
        return StreamClient(app, handle=self.handle, http=self.http, log=self.log, timing=timing, **more)

    @asynccontextmanager
    async def connected(self, timing: Timing = AT_ONCE, **more: Any) -> AsyncIterator[StreamClient]:
        async with connected(self.client(timing, **more)) as client:
            await self.connection()
            yield client

    async def connection(self, *, other_than: Connection | None = None) -> Connection:
        """The connection that DingTalk pushes to, once there is one."""

        def found() -> Connection | None:
            return next((one for one in self.side.gateway.of(self.robot) if one is not other_than), None)

        connection = await self.side.wait_for(found, PATIENCE)
        assert connection is not None
        return connection

    async def ask(self, text: str = "住宿标准？") -> PushOutcome:
        side = self.side
        return await side.say(
            person=side.person("小明"), conversation=side.group(), robot=self.robot, text=text
        )


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
def robot() -> RobotApp:
    return RobotApp(
        name="travel",
        client_id="dingapp1",
        client_secret="secret-1",
        title="差旅助手",
        card_templates={"own.schema": ""},
        by_stream=frozenset({"messages", "events"}),
    )


@pytest.fixture
async def side(robot: RobotApp, faults: FaultBoard) -> AsyncIterator[DingTalkSide]:
    one = DingTalkSide(robots=[robot], faults=faults)
    # The first ping comes at once, and no other while a test runs; nothing comes again by itself.
    one.gateway.times = StreamTimes(ping=3600.0, message_again=(), event_again=())
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def bot(side: DingTalkSide, robot: RobotApp) -> AsyncIterator[Bot]:
    async with httpx.AsyncClient(trust_env=False) as http:
        one = Bot(side, robot, http)
        one.release.set()
        yield one


def acknowledged(connection: Connection) -> list[tuple[int, Any]]:
    """What a bot has acknowledged on this connection: code and data."""
    return [(ack.code, json.loads(ack.data)) for ack in connection.acks]
