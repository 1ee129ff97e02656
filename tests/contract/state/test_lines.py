"""Two instances and one line: order, stop and renewal through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest_asyncio

from local.faults import FaultBoard
from rag_on_dingtalk.answering.line import Lines
from rag_on_dingtalk.state.client import Rows
from rag_on_dingtalk.state.inbox import Inbox, Place
from tests.contract.state.store import INSTANCE, KEY, tablestore
from tests.contract.state.test_turns_and_sessions import NOW, question

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.answering.line import Standing

LATER = NOW + 3_600_000


@dataclass
class Instances:
    """Two processes' views of the same lines."""

    inbox: Inbox
    one: Lines
    other: Lines
    faults: FaultBoard


@pytest_asyncio.fixture
async def instances() -> AsyncIterator[Instances]:
    faults = FaultBoard()
    async with tablestore(faults) as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        inbox = Inbox(rows)

        def lines() -> Lines:
            return Lines(inbox, clock=lambda: NOW, lease_seconds=30, log=lambda *_, **__: None)

        yield Instances(inbox, lines(), lines(), faults)
        await rows.close()


async def nobody(_: int) -> None:
    raise AssertionError("there is nobody ahead")


async def is_next(standing: Standing) -> bool:
    return await standing.wait_for_turn(nobody, until_ms=LATER)


async def test_a_question_being_given_up_is_found_should_its_owner_die(instances: Instances) -> None:
    async with instances.one.standing("s", question("t1")) as first:
        await first.take_place()
        assert await instances.inbox.abandoned(NOW + 60_000) == [("s", first.place)]
    assert await instances.inbox.abandoned(NOW + 60_000) == []


async def test_on_another_instance_a_question_waits_for_the_one_before(instances: Instances) -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    async with instances.one.standing("s", question("t1")) as first:
        assert await is_next(first)
        async with instances.other.standing("s", question("t2")) as second:
            waiting = asyncio.ensure_future(second.wait_for_turn(told.put, until_ms=LATER))
            assert await told.get() == 2
            assert not waiting.done()
            waiting.cancel()


async def test_who_waits_for_a_dead_ones_question_keeps_its_place(instances: Instances) -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    dead = Place(asked_ms=NOW - 1, turn_id="t1", lease_until=NOW - 1, running=True)
    await instances.inbox.put("s", dead)
    inherited = msgspec.structs.replace(question("t1"), asked_ms=NOW - 1)
    async with instances.one.standing("s", inherited), instances.one.standing("s", question("t2")) as later:
        waiting = asyncio.ensure_future(later.wait_for_turn(told.put, until_ms=LATER))
        assert await told.get() == 2
        waiting.cancel()


async def test_a_line_is_given_up_at_its_end(instances: Instances) -> None:
    async with instances.one.standing("s", question("t1")) as first:
        assert await is_next(first)
        assert [place.turn_id for place in await instances.inbox.line("s")] == ["t1"]

    assert await instances.inbox.line("s") == []


async def test_a_stop_from_another_instance_survives_a_renewal(instances: Instances) -> None:
    async with instances.one.standing("s", question("t1")) as running:
        assert await is_next(running)

        assert await instances.other.stop("s")
        await running.renew()

        assert running.stopped.is_set()
        (place,) = await instances.inbox.line("s")
        assert place.stop


async def test_stopping_what_has_just_ended_leaves_no_ghost_in_the_line(instances: Instances) -> None:
    gone = Place(asked_ms=NOW, turn_id="t1", lease_until=LATER, running=True)

    assert not await instances.inbox.ask_to_stop("s", gone)
    assert await instances.inbox.line("s") == []


async def test_with_nothing_running_there_is_nothing_to_stop(instances: Instances) -> None:
    assert not await instances.one.stop("s")


async def test_one_failed_look_does_not_let_a_question_jump_the_line(instances: Instances) -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    async with instances.one.standing("s", question("t1")) as first:
        assert await is_next(first)
        async with instances.other.standing("s", question("t2")) as second:
            waiting = asyncio.ensure_future(second.wait_for_turn(told.put, until_ms=LATER))
            await told.get()
            # The look and its second attempt.
            instances.faults.switch_on("tablestore.away", count=2)
            second.changed.set()
            while instances.faults.switched_on():  # noqa: ASYNC110 - a fault has no event of its own
                await asyncio.sleep(0)
            assert not waiting.done()
            waiting.cancel()


async def test_a_failed_entry_does_not_let_a_question_jump_the_line(instances: Instances) -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    async with instances.one.standing("s", question("t1")) as first:
        assert await is_next(first)
        async with instances.other.standing("s", question("t2")) as second:
            instances.faults.switch_on("tablestore.away", count=2)
            waiting = asyncio.ensure_future(second.wait_for_turn(told.put, until_ms=LATER))
            assert await told.get() == 2
            waiting.cancel()


async def test_without_tablestore_a_question_is_asked_all_the_same(instances: Instances) -> None:
    instances.faults.switch_on("tablestore.away")
    async with instances.one.standing("s", question("t1")) as blind:
        assert await is_next(blind)


async def test_who_may_not_have_stepped_forward_does_not_say_that_it_has(instances: Instances) -> None:
    """Else somebody who asked earlier would wait for it, and it for them."""
    async with instances.one.standing("s", question("t1")) as standing:
        instances.faults.switch_on("tablestore.drop_after", count=1)
        assert not await standing.wait_for_turn(nobody, until_ms=NOW)
        await standing.renew()

        (place,) = await instances.inbox.line("s")
        assert not place.running


async def test_abandoned_places_are_found_across_sessions(instances: Instances) -> None:
    await instances.inbox.put("s1", Place(asked_ms=1, turn_id="dead", lease_until=NOW - 1))
    await instances.inbox.put("s2", Place(asked_ms=2, turn_id="alive", lease_until=NOW + 1))

    ((session_id, place),) = await instances.inbox.abandoned(NOW)
    assert (session_id, place.turn_id) == ("s1", "dead")
