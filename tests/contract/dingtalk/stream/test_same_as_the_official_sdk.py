"""The released SDK and our client at the same gateway: both send the same, or here is why not."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.contract.dingtalk.stream.conftest import PATIENCE, Bot, acknowledged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.dingtalk import DingTalkSide, RobotApp
    from emulators.dingtalk.stream import Connection

_SDK = Path(__file__).parents[4] / "emulators/tests/contract/dingtalk/stream/sdk_program.py"


@asynccontextmanager
async def official(side: DingTalkSide, robot: RobotApp, bot: Bot) -> AsyncIterator[Connection]:
    """The SDK's connection, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(_SDK), robot.client_id, robot.client_secret, "{}"),
        env={**os.environ, "DINGTALK_OPENAPI_ENDPOINT": side.url, "NO_PROXY": "*"},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield await bot.connection()
    finally:
        process.kill()
        await process.wait()


async def conversation(side: DingTalkSide, bot: Bot, connection: Connection) -> list[tuple[int, Any]]:
    """A ping, a message, a click and an event on a bot's only connection; what it sends back, in order."""
    await side.wait_for(lambda: connection.pings_answered, PATIENCE)
    assert (await bot.ask()).delivered
    await side.click(
        side.card("turn-1"), person=side.person("小明"), action_id="like", params={"action": "like"}
    )
    await side.push_event(bot.robot, "user_leave_org", {"userId": ["user0002"]})
    return acknowledged(connection)


async def a_card(side: DingTalkSide, bot: Bot) -> None:
    credentials = {"appKey": "dingapp1", "appSecret": "secret-1"}
    signed_in = await bot.http.post(f"{side.url}/v1.0/oauth2/accessToken", json=credentials)
    answer = await bot.http.post(
        f"{side.url}/v1.0/card/instances/createAndDeliver",
        headers={"x-acs-dingtalk-access-token": signed_in.json()["accessToken"]},
        json={
            "cardTemplateId": "own.schema",
            "outTrackId": "turn-1",
            "callbackType": "STREAM",
            "cardData": {"cardParamMap": {"content": ""}},
            "openSpaceId": f"dtv1.card//IM_GROUP.{side.group().id}",
            "imGroupOpenSpaceModel": {"supportForward": True},
            "imGroupOpenDeliverModel": {"robotCode": "dingapp1"},
        },
    )
    assert answer.is_success, answer.text


async def test_both_ask_for_the_same_and_acknowledge_alike(
    side: DingTalkSide, robot: RobotApp, bot: Bot
) -> None:
    async with official(side, robot, bot) as connection:
        await a_card(side, bot)
        theirs = await conversation(side, bot, connection)
    await side.wait_for(lambda: not side.gateway.of(robot), PATIENCE)
    async with bot.connected():
        ours = await conversation(side, bot, await bot.connection())
    ping, message, click, event = range(4)

    opened = side.gateway.tickets.opened
    assert opened[0].subscriptions == opened[-1].subscriptions
    assert [code for code, _ in theirs] == [code for code, _ in ours] == [200] * 4
    # Both echo; that it is what was asked for, `pings_answered` has shown.
    assert theirs[ping][1].keys() == ours[ping][1].keys() == {"opaque"}
    assert theirs[click] == ours[click] == (200, {"response": {}})
    # Ignored beyond success: the SDK's sample puts its own word there, the protocol's page null.
    assert (theirs[message][1], ours[message][1]) == ({"response": "OK"}, {"response": None})
    # The SDK sends the event's own fields back, so it comes again; the SDK for Java sends a status.
    assert (theirs[event][1], ours[event][1]["status"]) == ({"userId": ["user0002"]}, "SUCCESS")
    assert [push.delivered for push in side.ledger.pushes if push.what == "event"] == [False, True]
    assert side.ledger.violations == []
    assert json.dumps(ours)
