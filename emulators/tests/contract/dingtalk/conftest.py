"""DingTalk's side without a port, a caller of its APIs, and a bot that takes its pushes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from emulators.dingtalk import DingTalkSide, InProcess, RobotApp
from emulators.faults import FaultBoard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

#: 2026-01-01 08:00 in Beijing.
NEW_YEAR = 1767225600.0


@dataclass
class Clock:
    now: float = NEW_YEAR

    def __call__(self) -> float:
        return self.now


@dataclass
class Caller:
    """A bot's API client: fetches a token once and sends it along."""

    side: DingTalkSide
    http: httpx.AsyncClient
    robot: RobotApp
    token: str = ""

    async def fetch_token(self) -> str:
        credentials = {"appKey": self.robot.client_id, "appSecret": self.robot.client_secret}
        answer = await self.http.post(f"{self.side.url}/v1.0/oauth2/accessToken", json=credentials)
        self.token = answer.json()["accessToken"]
        return self.token

    async def __call__(self, method: str, path: str, body: Any) -> httpx.Response:
        token = self.token or await self.fetch_token()
        headers = {"x-acs-dingtalk-access-token": token}
        return await self.http.request(method, self.side.url + path, json=body, headers=headers)

    def card(self, out_track_id: str, conversation_id: str, **change: Any) -> dict[str, Any]:
        """A createAndDeliver body for a group."""
        return {
            "cardTemplateId": "own.schema",
            "outTrackId": out_track_id,
            "cardData": {"cardParamMap": {"content": "", "question": "住宿标准？"}},
            "openSpaceId": f"dtv1.card//IM_GROUP.{conversation_id}",
            "imGroupOpenSpaceModel": {"supportForward": True},
            "imGroupOpenDeliverModel": {
                "robotCode": self.robot.robot_code,
                "atUserIds": {"user0001": "小明"},
            },
            **change,
        }

    async def create(self, out_track_id: str, conversation_id: str, **change: Any) -> httpx.Response:
        body = self.card(out_track_id, conversation_id, **change)
        return await self("POST", "/v1.0/card/instances/createAndDeliver", body)

    async def stream(self, out_track_id: str, content: str, guid: str, **change: Any) -> httpx.Response:
        body = {
            "outTrackId": out_track_id,
            "guid": guid,
            "key": "content",
            "content": content,
            "isFull": True,
            "isFinalize": False,
            "isError": False,
            **change,
        }
        return await self("PUT", "/v1.0/card/streaming", body)


@dataclass
class Bot:
    """A callback URL that answers what the test wants; `released` holds its answers back when cleared."""

    url: str = "http://bot.test/dingtalk/travel"
    status: int = 200
    answer: bytes = b""
    received: list[tuple[dict[str, str], dict[str, str], Any]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = json.loads(await request.body())
        self.received.append((dict(request.headers), dict(request.query_params), body))
        await self.released.wait()
        await Response(self.answer, self.status)(scope, receive, send)

    @property
    def bodies(self) -> list[Any]:
        return [body for _, _, body in self.received]


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
        callback_url="http://bot.test/dingtalk/travel",
        card_templates={"own.schema": ""},
    )


@pytest.fixture
def bot() -> Bot:
    one = Bot()
    one.released.set()
    return one


@pytest.fixture
async def side(robot: RobotApp, faults: FaultBoard, clock: Clock, bot: Bot) -> AsyncIterator[DingTalkSide]:
    one = DingTalkSide(
        robots=[robot, RobotApp(name="hr", client_id="dingapp2", client_secret="secret-2")],
        faults=faults,
        clock=clock,
        in_process=InProcess("http://dingtalk.test", httpx.ASGITransport(bot)),
    )
    yield one
    await one.stop()


@pytest.fixture
async def http(side: DingTalkSide) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(side.app)) as client:
        yield client


@pytest.fixture
def caller_of() -> type[Caller]:
    """For tests that build a side or call as another robot."""
    return Caller


@pytest.fixture
def caller(side: DingTalkSide, http: httpx.AsyncClient, robot: RobotApp) -> Caller:
    return Caller(side, http, robot)
