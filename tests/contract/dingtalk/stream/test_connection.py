"""What our client does with pushes, and when it leaves a connection for another."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from emulators.dingtalk import StreamTimes
from rag_on_dingtalk.dingtalk.stream.client import connected
from rag_on_dingtalk.dingtalk.stream.frames import EVENT
from tests.contract.dingtalk.stream.conftest import AT_ONCE, PATIENCE, Bot, acknowledged

if TYPE_CHECKING:
    from emulators.dingtalk import DingTalkSide, PushOutcome, RobotApp
    from emulators.faults import FaultBoard


async def test_a_message_is_acknowledged_once_it_is_handled(bot: Bot, side: DingTalkSide) -> None:
    async with bot.connected():
        bot.release.clear()
        asked = asyncio.create_task(bot.ask())
        await bot.asked.wait()
        connection = await bot.connection()
        # The answer to the gateway's ping stands there; the message is not acknowledged.
        assert not [data for _, data in acknowledged(connection) if data and "response" in data]
        bot.release.set()
        outcome = await asked

    assert (outcome.delivered, outcome.status, outcome.body) == (True, 200, '{"response":null}')
    assert isinstance(bot.pushes[0].data, dict)
    assert bot.pushes[0].data["msgId"] == outcome.message.id
    assert side.ledger.violations == []


async def test_an_event_is_acknowledged_with_a_status(bot: Bot, side: DingTalkSide, robot: RobotApp) -> None:
    async with bot.connected():
        push = await side.push_event(robot, "user_leave_org", {"userId": ["user0002"]}, event_id="evt1")

    assert push.delivered, push.error
    assert (bot.pushes[0].type, bot.pushes[0].header("eventType")) == (EVENT, "user_leave_org")
    assert bot.pushes[0].data == {"userId": ["user0002"]}


@pytest.mark.parametrize("kind", ["message", "event"])
async def test_a_failure_is_no_success_and_ends_nothing(
    bot: Bot, side: DingTalkSide, robot: RobotApp, kind: str
) -> None:
    side.gateway.times = StreamTimes(ping=3600.0, message_again=(), event_again=(), acknowledge=0.2)
    async with bot.connected():
        bot.failure = RuntimeError("the queue is away")
        connection = await bot.connection()
        if kind == "message":
            # One that is acknowledged as failed does not come again.
            assert (await bot.ask()).status is None
            assert {code for code, _ in acknowledged(connection)} <= {200}, "pings alone"
        else:
            assert (await side.push_event(robot, "user_leave_org")).status == 500
            assert acknowledged(connection)[-1] == (500, {"status": "LATER"})
        bot.failure = None
        side.gateway.times = StreamTimes(ping=3600.0, message_again=(), event_again=())
        assert (await bot.ask("再问一次")).delivered

    assert ("stream_failed", "RuntimeError") in [(line, more.get("error")) for line, more in bot.lines]


async def test_the_next_connection_is_there_before_the_last_one_goes(bot: Bot, side: DingTalkSide) -> None:
    async with bot.connected() as client:
        first = await bot.connection()
        expiring = asyncio.create_task(side.gateway.expire(first))
        second = await bot.connection(other_than=first)
        # DingTalk has announced the end and closes later.
        assert first.leaving
        assert not first.closed
        outcomes = await asyncio.gather(*(bot.ask(f"第{number}个") for number in range(20)))
        side.gateway.times = StreamTimes(leave=0.0)
        expiring.cancel()
        await first.close()

        assert all(outcome.delivered for outcome in outcomes)
        assert not second.closed
        assert client.figures.reasons == {"disconnect": 1}


async def test_no_message_is_lost_while_a_connection_is_rotated(bot: Bot, side: DingTalkSide) -> None:
    often = msgspec.structs.replace(AT_ONCE, rotate=0.05, look=0.01)
    async with bot.connected(often) as client:
        outcomes: list[PushOutcome] = []
        while client.figures.opened < 5:
            outcomes.append(await bot.ask(f"第{len(outcomes)}个"))

    # A frame may cross the close; what was not acknowledged comes again, which this side does not do here.
    lost = [one.message.undelivered for one in outcomes if not one.delivered]
    assert set(lost) <= {"the connection ended before the acknowledgement"}
    assert len(lost) < len(outcomes)
    assert client.figures.reasons["rotation"] >= 4


async def test_a_silent_connection_is_replaced(bot: Bot, side: DingTalkSide) -> None:
    impatient = msgspec.structs.replace(AT_ONCE, silence=0.2, look=0.02)
    async with bot.connected(impatient) as client:
        first = await bot.connection()
        first.silent = True
        await bot.connection(other_than=first)

        assert client.figures.reasons["silence"] >= 1


async def test_a_peer_that_is_gone_without_a_word_is_found_by_ping(bot: Bot, side: DingTalkSide) -> None:
    pinging = msgspec.structs.replace(AT_ONCE, ping=0.05, pong=0.5, finish=0.1)
    async with bot.connected(pinging) as client:
        first = await bot.connection()
        first.freeze()
        second = await bot.connection(other_than=first)

        assert client.figures.reasons["closed"] >= 1
        assert not second.closed


async def test_a_machine_that_has_slept_opens_a_new_connection(bot: Bot, side: DingTalkSide) -> None:
    slept = 0.0
    watching = msgspec.structs.replace(AT_ONCE, look=0.01)
    async with bot.connected(watching, wall=lambda: time.time() + slept) as client:
        first = await bot.connection()
        # DingTalk's side has the connection first; ours has looked at both clocks when it answers.
        assert (await bot.ask()).delivered
        slept = 3600.0
        await bot.connection(other_than=first)

        assert client.figures.reasons["clock"] == 1


async def test_a_cut_connection_is_opened_again(bot: Bot, faults: FaultBoard) -> None:
    async with bot.connected():
        faults.switch_on("dingtalk.stream_cut", count=1)
        first = await bot.connection()
        assert not (await bot.ask()).delivered
        await bot.connection(other_than=first)
        assert (await bot.ask()).delivered


async def test_refused_credentials_are_told_and_tried_again(
    bot: Bot, side: DingTalkSide, faults: FaultBoard
) -> None:
    faults.switch_on("dingtalk.stream_refused")
    async with connected(bot.client()) as client:
        await side.wait_for(lambda: client.figures.refused > 2, PATIENCE)
        assert client.frame_age is None
        faults.switch_off()
        await bot.connection()

    line, fields = bot.lines[0]
    assert (line, fields["level"], fields["client_id"]) == ("stream_refused", "ERROR", "dingapp1")
    assert "authFailed" in str(fields["error"])


async def test_a_gateway_that_is_away_is_tried_again(bot: Bot, side: DingTalkSide) -> None:
    await side.gateway.stop()
    async with connected(bot.client()) as client:
        await side.wait_for(lambda: client.figures.failed > 2, PATIENCE)
        await side.gateway.start()
        await bot.connection()
        assert (await bot.ask()).delivered


async def test_stopped_it_acknowledges_what_it_has_and_says_good_bye(bot: Bot, side: DingTalkSide) -> None:
    async with bot.connected():
        bot.release.clear()
        asked = asyncio.create_task(bot.ask())
        await bot.asked.wait()
        asyncio.get_running_loop().call_soon(bot.release.set)
        connection = await bot.connection()
    outcome = await asked
    await connection.wait_closed()

    assert outcome.delivered
    assert connection.close_code == 1000
    assert side.gateway.connections == []


async def test_no_ticket_and_no_secret_reaches_a_log(
    bot: Bot, side: DingTalkSide, faults: FaultBoard, caplog: pytest.LogCaptureFixture
) -> None:
    # Each by its name: a function that was tested before in this process may have told them to be quiet.
    for name in ("", "websockets", "websockets.client", "httpx", "httpcore", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name or None)
        logging.getLogger(name or None).disabled = False
    tickets: list[str] = []
    issue = side.gateway.tickets.issue

    def noting(*given: object, **more: object) -> str:
        ticket = issue(*given, **more)  # type: ignore[arg-type]
        tickets.append(ticket)
        return ticket

    side.gateway.tickets.issue = noting  # type: ignore[method-assign]
    async with bot.connected():
        first = await bot.connection()
        first.cut()
        await bot.connection(other_than=first)
        # A ticket that is refused: it was used.
        side.gateway.tickets.redeem = lambda ticket: None  # type: ignore[method-assign]  # noqa: ARG005
        second = await bot.connection(other_than=first)
        second.cut()
        await side.wait_for(lambda: len(tickets) > 4, PATIENCE)

    # The other side of the wire is in this process, too, and logs what it is sent.
    ours = [record for record in caplog.records if record.name != "websockets.server"]
    logged = " ".join(record.getMessage() for record in ours) + str(bot.lines)
    assert ours
    for secret in (*tickets, *(ticket.split("+")[0] for ticket in tickets), "secret-1"):
        assert secret not in logged
