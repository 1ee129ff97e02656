"""The bridge as processes beside the whole system: killed, doubled, and one answer for each question."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest_asyncio

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import Person, PushOutcome, StreamTimes
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.settings.bot import Bots
from tests.busy_machine import patient_bots

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0
QUESTIONS = 100


def by_stream(bots: Bots) -> Bots:
    """The demo's first bot."""
    # However many ask at once, each is to have its card.
    name, bot = next(iter(patient_bots(bots).bots.items()))
    app = msgspec.structs.replace(bot.dingtalk, mode="stream")
    return Bots(bots={name: msgspec.structs.replace(bot, dingtalk=app, streaming="final")})


@pytest_asyncio.fixture
async def system() -> AsyncIterator[LocalSystem]:
    """With the demo's bot in Stream mode, and no bridge yet."""
    one = LocalSystem(
        Settings(
            change_bots=by_stream,
            piece_delay=0,
            qps=None,
            monthly_calls=None,
            bridge=False,
        ),
        retry_delay=lambda _: 0.05,
    )
    one.dingtalk.gateway.times = StreamTimes(acknowledge=20.0, message_again=(0.2,) * 1500)
    await one.start()
    yield one
    await one.stop()


@asynccontextmanager
async def bridge(system: LocalSystem) -> AsyncIterator[Process]:
    """A replica of its own, connected."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    gateway, robot = system.dingtalk.gateway, system.dingtalk.robots[0]
    before = set(gateway.of(robot))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge"),
        cwd=ROOT,
        env={**kept, **system.bridge_environ, "HEALTH_HOST": "127.0.0.1", "HEALTH_PORT": "0"},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await system.dingtalk.wait_for(lambda: set(gateway.of(robot)) - before, PATIENCE)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def asking(system: LocalSystem, number: int) -> asyncio.Task[PushOutcome]:
    """One question of a person of its own, in a chat of its own."""
    side = system.dingtalk
    robot = side.robots[0]
    person = side.add_person(Person(nick=f"同事{number}", staff_id=f"staff{number:04d}"))
    say = side.say(person=person, conversation=side.private(person, robot), robot=robot, text="年假有几天？")
    return asyncio.create_task(say)


async def check_each_is_answered_once(system: LocalSystem, outcomes: list[PushOutcome]) -> None:
    """Every message has been acknowledged, and its one card is closed; no other reply was sent."""
    side = system.dingtalk
    turns = [turn_id_of(side.robots[0].name, outcome.message.id) for outcome in outcomes]

    def all_closed() -> bool:
        return all(side.card(turn).closed for turn in turns)

    await side.wait_for(all_closed, PATIENCE)
    await side.wait_for(lambda: not any(outcome.message.undelivered for outcome in outcomes), PATIENCE)
    await system.functions.idle()
    for outcome in outcomes:
        chat = outcome.message.conversation
        assert [one for one in chat.messages if one.from_robot] == []
        assert len(chat.cards) == 1
    assert side.ledger.violations == []


async def test_killed_with_many_questions_arriving_each_is_answered_once(system: LocalSystem) -> None:
    side = system.dingtalk
    async with bridge(system) as first:
        asked = [asking(system, number) for number in range(QUESTIONS)]
        # Some have been acknowledged, others are on their way into the queue.
        await side.wait_for(lambda: any(push.delivered for push in side.ledger.pushes), PATIENCE)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        async with bridge(system):
            outcomes = await asyncio.gather(*asked)
            acknowledged = Counter(outcome.delivered for outcome in outcomes)
            await check_each_is_answered_once(system, outcomes)

    assert acknowledged[False] > 0, "it was killed too late to prove anything"
    assert acknowledged[True] > 0, "it was killed too early to prove anything"


async def test_one_of_two_replicas_is_killed_and_each_question_is_answered_once(system: LocalSystem) -> None:
    side = system.dingtalk
    async with bridge(system) as one, bridge(system):
        connections = list(side.gateway.of(side.robots[0]))
        asked = [asking(system, number) for number in range(QUESTIONS)]
        await side.wait_for(lambda: sum(push.delivered for push in side.ledger.pushes) > 10, PATIENCE)
        one.send_signal(signal.SIGKILL)
        outcomes = await asyncio.gather(*asked)
        await check_each_is_answered_once(system, outcomes)

    assert min(len(connection.acks) for connection in connections) > 0


async def test_the_same_message_at_both_replicas_is_answered_once(system: LocalSystem) -> None:
    side = system.dingtalk
    robot = side.robots[0]
    async with bridge(system), bridge(system):
        connections = list(side.gateway.of(robot))
        first = await asking(system, 0)
        message = first.message
        # Again and again, until both have had it.
        while min(len([ack for ack in one.acks if "response" in ack.data]) for one in connections) == 0:
            await side.say(
                person=side.people[-1],
                conversation=message.conversation,
                robot=robot,
                text="",
                msg_id=message.id,
            )
        await check_each_is_answered_once(system, [first])

    assert len(system.functions.tasks()) > 1


async def test_told_to_end_it_acknowledges_what_it_has_and_ends_well(system: LocalSystem) -> None:
    side = system.dingtalk
    async with bridge(system) as stopping:
        asked = [asking(system, number) for number in range(20)]
        await side.wait_for(lambda: any(push.delivered for push in side.ledger.pushes), PATIENCE)
        (connection,) = side.gateway.of(side.robots[0])
        stopping.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(stopping.wait(), PATIENCE) == 0
        async with bridge(system):
            await check_each_is_answered_once(system, list(await asyncio.gather(*asked)))

    assert connection.close_code == 1000
