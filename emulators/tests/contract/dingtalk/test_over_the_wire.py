"""The same over real sockets: one whole turn, and what only a connection can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from emulators.dingtalk import DingTalkSide, RobotApp
from emulators.serving import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.faults import FaultBoard
    from emulators.tests.contract.dingtalk.conftest import Bot, Caller


@pytest.fixture
async def side(robot: RobotApp, faults: FaultBoard) -> AsyncIterator[DingTalkSide]:
    one = DingTalkSide(robots=[robot], faults=faults)
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def test_a_question_goes_out_and_its_answer_comes_back(
    side: DingTalkSide, robot: RobotApp, bot: Bot, caller: Caller
) -> None:
    server = LoopbackServer(bot)  # type: ignore[arg-type]  # uvicorn's own ASGI types
    await server.start()
    robot.callback_url = server.url
    bot.answer = b'{"msgtype": "empty"}'
    outcome = await side.say(person=side.person("小明"), conversation=side.group(), text="在吗", robot=robot)
    await server.stop()

    assert outcome.delivered
    assert outcome.latency > 0
    await caller.create("turn-1", bot.bodies[0]["conversationId"])
    await caller.stream("turn-1", "在", "g1", isFinalize=True)
    assert side.card("turn-1").closed
    words = {"msgtype": "text", "text": {"content": "还在"}}
    answer = await caller.http.post(bot.bodies[0]["sessionWebhook"], json=words)
    assert answer.json() == {"errcode": 0, "errmsg": "ok"}
    assert [message.text for message in side.messages(side.group())] == ["在吗", "还在"]


async def test_a_picture_comes_and_another_one_goes(
    side: DingTalkSide, robot: RobotApp, bot: Bot, caller: Caller
) -> None:
    server = LoopbackServer(bot)  # type: ignore[arg-type]  # uvicorn's own ASGI types
    await server.start()
    robot.callback_url = server.url
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4_000
    await side.say(person=side.person("小明"), conversation=side.group(), pictures=[picture], robot=robot)
    await server.stop()

    code = bot.bodies[0]["content"]["richText"][0]["downloadCode"]
    asked = {"downloadCode": code, "robotCode": robot.robot_code}
    answer = await caller("POST", "/v1.0/robot/messageFiles/download", asked)
    url = answer.json()["downloadUrl"]
    assert url.startswith(side.url)
    assert (await caller.http.get(url)).content == picture

    uploaded = await caller.http.post(
        f"{side.url}/media/upload",
        params={"access_token": caller.token},
        data={"type": "image"},
        files={"media": ("a.png", picture)},
    )
    (kept,) = side.media.uploads
    assert (kept.media_id, kept.data) == (uploaded.json()["media_id"], picture)


@pytest.mark.parametrize(("value", "shown"), [("", 0), ("after", 1)])
async def test_a_dropped_connection_leaves_the_caller_in_doubt(
    side: DingTalkSide, caller: Caller, faults: FaultBoard, value: str, shown: int
) -> None:
    await caller.fetch_token()
    faults.switch_on("dingtalk.away", count=1, value=value)

    with pytest.raises(httpx.TransportError):
        await caller.create("turn-1", side.group().id)

    assert len(side.cards(side.group())) == shown
    assert side.ledger.calls[-1].status is None
    assert (await caller.create("turn-2", side.group().id)).status_code == 200


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://127.0.0.1:1/", "ConnectError"), ("http://127.0.0.1:x/", "InvalidURL"), ("bot", "Unsupported")],
)
async def test_a_bot_that_is_not_there_gets_nothing(
    side: DingTalkSide, robot: RobotApp, url: str, reason: str
) -> None:
    robot.callback_url = url
    outcome = await side.say(person=side.person("小明"), conversation=side.group(), text="在吗", robot=robot)

    assert outcome.status is None
    assert outcome.message.undelivered.startswith(reason)
