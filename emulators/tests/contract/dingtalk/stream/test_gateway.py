"""What the gateway promises to any client, told with one that does each thing by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from emulators.dingtalk import DingTalkSide, PushOutcome, RobotApp, StreamTimes

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.dingtalk.stream.conftest import Opener

PATIENCE = 120.0


def asking(side: DingTalkSide, robot: RobotApp, text: str = "住宿标准？") -> asyncio.Task[PushOutcome]:
    say = side.say(person=side.person("小明"), conversation=side.group(), robot=robot, text=text)
    return asyncio.create_task(say)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"clientSecret": "wrong"}, 401),
        ({"clientId": "unknown"}, 401),
        ({"subscriptions": []}, 400),
        ({"subscriptions": [{"type": "CALLBACK", "topic": "/no/such"}]}, 400),
        ({"subscriptions": None}, 400),
    ],
)
async def test_a_wrong_request_gets_no_ticket(opener: Opener, change: dict[str, Any], status: int) -> None:
    assert (await opener.ask(**change)).status_code == status


async def test_the_secret_stays_out_of_the_ledger(side: DingTalkSide, opener: Opener) -> None:
    await opener.ask()

    (call,) = side.ledger.calls_to("POST /v1.0/gateway/connections/open")
    assert "secret-1" not in call.summary
    assert not call.counted


async def test_a_ticket_opens_one_connection(opener: Opener) -> None:
    address = await opener.address()
    async with connect(address, proxy=None):
        pass
    with pytest.raises(InvalidStatus):
        await connect(address, proxy=None)


async def test_without_a_connection_a_message_is_lost(
    side: DingTalkSide, robot: RobotApp, opener: Opener
) -> None:
    outcome = await asking(side, robot)
    async with opener.connection() as client:
        again = asking(side, robot, "再问一次")
        frame = await client.receive()
        await client.acknowledge(frame)

    assert not outcome.delivered
    assert "no Stream connection" in outcome.message.undelivered
    assert "再问一次" in frame["data"]
    assert (await again).delivered


async def test_what_is_not_subscribed_to_does_not_come(
    side: DingTalkSide, robot: RobotApp, opener: Opener
) -> None:
    async with opener.connection(subscriptions=[{"type": "EVENT", "topic": "*"}]):
        assert not (await asking(side, robot)).delivered


async def test_a_message_that_one_connection_took_with_it_comes_again_on_another(
    side: DingTalkSide, robot: RobotApp, opener: Opener
) -> None:
    async with opener.connection() as dying:
        asked = asking(side, robot)
        first = await dying.receive()
        async with opener.connection() as living:
            await dying.socket.close()
            outcome = await asked
            second = await living.receive()
            await living.acknowledge(second)
            await side.wait_for(lambda: not outcome.message.undelivered, PATIENCE)

    assert first["data"] == second["data"]
    assert [push.delivered for push in side.ledger.pushes] == [False, True]


async def test_a_message_acknowledged_as_failed_does_not_come_again(
    side: DingTalkSide, robot: RobotApp, opener: Opener
) -> None:
    async with opener.connection() as client:
        asked = asking(side, robot)
        await client.acknowledge(await client.receive(), code=500)
        outcome = await asked
        second = asking(side, robot, "第二个")
        frame = await client.receive()
        await client.acknowledge(frame)
        await second

    assert outcome.status == 500
    assert "第二个" in frame["data"]


@pytest.mark.parametrize("data", [{"status": "LATER"}, {}, None])
async def test_an_event_comes_again_until_it_is_taken(
    side: DingTalkSide, robot: RobotApp, opener: Opener, data: object
) -> None:
    async with opener.connection() as client:
        pushing = asyncio.create_task(side.push_event(robot, "user_leave_org", event_id="evt1"))
        await client.acknowledge(await client.receive(), data)
        assert not (await pushing).delivered
        again = await client.receive()
        await client.acknowledge(again, {"status": "SUCCESS", "message": ""})
        await side.wait_for(lambda: side.ledger.pushes[-1].delivered, PATIENCE)

    assert again["headers"]["eventId"] == "evt1"
    assert len(side.ledger.pushes) == 2


async def test_two_connections_share_the_messages(
    side: DingTalkSide, robot: RobotApp, opener: Opener
) -> None:
    got = [0, 0]
    async with opener.connection() as one, opener.connection() as two:

        async def take(index: int) -> None:
            client = (one, two)[index]
            while True:
                await client.acknowledge(await client.receive())
                got[index] += 1

        takers = [asyncio.create_task(take(index)) for index in (0, 1)]
        outcomes = [await asking(side, robot, f"第{number}个") for number in range(40)]
        for taker in takers:
            taker.cancel()

    assert all(outcome.delivered for outcome in outcomes)
    assert sum(got) == 40
    assert min(got) > 0


async def test_after_the_announcement_nothing_comes_and_the_connection_ends(
    side: DingTalkSide, robot: RobotApp, opener: Opener
) -> None:
    side.gateway.times = StreamTimes(ping=None, leave=0.0)
    async with opener.connection() as client:
        (connection,) = side.gateway.of(robot)
        await side.gateway.expire(connection)
        announced = await client.receive()
        assert not (await asking(side, robot)).delivered
        with pytest.raises(ConnectionClosed):
            await client.socket.recv()

    assert (announced["type"], announced["headers"]["topic"]) == ("SYSTEM", "disconnect")


async def test_a_silent_connection_swallows_its_share(
    side: DingTalkSide, robot: RobotApp, opener: Opener, faults: FaultBoard
) -> None:
    side.gateway.times = StreamTimes(ping=None, acknowledge=0.05, message_again=())
    faults.switch_on("dingtalk.stream_silent", count=1)
    async with opener.connection():
        outcome = await asking(side, robot)

    assert "not acknowledged within" in outcome.message.undelivered


async def test_a_connection_may_be_cut(
    side: DingTalkSide, robot: RobotApp, opener: Opener, faults: FaultBoard
) -> None:
    faults.switch_on("dingtalk.stream_cut", count=1)
    async with opener.connection() as client:
        outcome = await asking(side, robot)
        with pytest.raises(ConnectionClosed):
            await client.socket.recv()

    assert "ended before the acknowledgement" in outcome.message.undelivered


async def test_a_ping_without_its_opaque_is_noted(
    side: DingTalkSide, robot: RobotApp, opener: Opener
) -> None:
    async with opener.connection() as client:
        (connection,) = side.gateway.of(robot)
        pinging = asyncio.create_task(connection.ping(limit=PATIENCE))
        await client.acknowledge(await client.receive(), {"opaque": "other"})

        assert not await pinging
