"""DingTalk's side on real sockets, and clients of its Stream gateway."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from emulators.dingtalk import DingTalkSide, RobotApp, StreamTimes
from emulators.dingtalk.stream.frames import CALLBACK, CARD_TOPIC, EVENT, EVENT_TOPIC, ROBOT_TOPIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.faults import FaultBoard

_SDK = Path(__file__).with_name("sdk_program.py")
ALL_TOPICS = ((CALLBACK, ROBOT_TOPIC), (CALLBACK, CARD_TOPIC), (EVENT, EVENT_TOPIC))
PATIENCE = 120.0


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
    one = DingTalkSide(
        robots=[robot, RobotApp(name="hr", client_id="dingapp2", client_secret="secret-2")], faults=faults
    )
    # No pings between the frames that a test reads.
    one.gateway.times = StreamTimes(ping=None, message_again=(0.0,), event_again=(0.0,))
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@dataclass
class Raw:
    """A client that is told each thing to do."""

    socket: ClientConnection

    async def receive(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
        return frame

    async def acknowledge(self, frame: dict[str, Any], data: object = None, code: int = 200) -> None:
        headers = {"messageId": frame["headers"]["messageId"], "contentType": "application/json"}
        answer = {"code": code, "headers": headers, "message": "", "data": json.dumps(data)}
        await self.socket.send(json.dumps(answer))


@dataclass
class Opener:
    side: DingTalkSide
    http: httpx.AsyncClient

    async def ask(self, **change: Any) -> httpx.Response:
        subscriptions = [{"type": type_, "topic": topic} for type_, topic in ALL_TOPICS]
        body = {"clientId": "dingapp1", "clientSecret": "secret-1", "subscriptions": subscriptions, **change}
        return await self.http.post(f"{self.side.url}/v1.0/gateway/connections/open", json=body)

    async def address(self, **change: Any) -> str:
        answer = (await self.ask(**change)).json()
        return f"{answer['endpoint']}?ticket={quote(answer['ticket'], safe='')}"

    @asynccontextmanager
    async def connection(self, **change: Any) -> AsyncIterator[Raw]:
        before = len(self.side.gateway.connections)
        async with connect(await self.address(**change), proxy=None) as socket:
            await self.side.wait_for(lambda: len(self.side.gateway.connections) > before, PATIENCE)
            yield Raw(socket)


@pytest.fixture
def opener(side: DingTalkSide, http: httpx.AsyncClient) -> Opener:
    return Opener(side, http)


@dataclass
class Sdk:
    """The official SDK in a process of its own."""

    process: asyncio.subprocess.Process
    told: list[dict[str, Any]] = field(default_factory=list)

    async def next(self, kind: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
            assert line, "the SDK's process ended"
            told: dict[str, Any] = json.loads(line)
            self.told.append(told)
            if told["kind"] == kind:
                return told


@pytest.fixture
def click_answer() -> dict[str, Any]:
    return {
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
        "userPrivateData": {"cardParamMap": {"feedback": "like"}},
    }


@pytest.fixture
async def sdk(side: DingTalkSide, robot: RobotApp, click_answer: dict[str, Any]) -> AsyncIterator[Sdk]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_SDK),
        robot.client_id,
        robot.client_secret,
        json.dumps(click_answer),
        env={**os.environ, "DINGTALK_OPENAPI_ENDPOINT": side.url, "NO_PROXY": "*"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await side.wait_for(lambda: side.gateway.of(robot), PATIENCE)
        yield Sdk(process)
    finally:
        process.kill()
        await process.wait()
