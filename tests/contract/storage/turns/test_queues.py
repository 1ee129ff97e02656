"""Two instances and one conversation: order, stop and renewal through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest_asyncio

from emulators.faults import FaultBoard
from rag_on_dingtalk.conversations.queue import ConversationQueues
from rag_on_dingtalk.conversations.ticket import Position
from rag_on_dingtalk.storage.conversations.inbox import Inbox, QueueEntry
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.tables import INBOX
from tests.contract.storage.store import INSTANCE, KEY, tablestore
from tests.contract.storage.turns.test_turns_and_sessions import NOW, question

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.conversations.ticket import QueueTicket

LATER = NOW + 3_600_000


@dataclass
class Instances:
    """Two processes' views of the same queues."""

    inbox: Inbox
    one: ConversationQueues
    other: ConversationQueues
    faults: FaultBoard
    rows: Rows


@pytest_asyncio.fixture
async def instances() -> AsyncIterator[Instances]:
    faults = FaultBoard()
    async with tablestore(faults) as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        inbox = Inbox(rows)

        def queues() -> ConversationQueues:
            return ConversationQueues(inbox, clock=lambda: NOW, lease_ms=30_000, log=lambda *_, **__: None)

        yield Instances(inbox, queues(), queues(), faults, rows)
        await rows.close()


async def none_ahead(_: int) -> None:
    raise AssertionError("no question is ahead")


async def is_next(ticket: QueueTicket) -> bool:
    return await ticket.wait_for_turn(none_ahead, until_ms=LATER) is Position.ITS_TURN


async def test_a_question_being_given_up_is_found_should_its_owner_die(instances: Instances) -> None:
    async with instances.one.ticket("s", question("t1")) as first:
        await first.enter_without_waiting()
        assert [one async for one in instances.inbox.abandoned(NOW + 60_000)] == [("s", first.entry)]
        first.finished()
    assert [one async for one in instances.inbox.abandoned(NOW + 60_000)] == []


async def test_on_another_instance_a_question_waits_for_the_one_before(instances: Instances) -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    async with instances.one.ticket("s", question("t1")) as first:
        assert await is_next(first)
        async with instances.other.ticket("s", question("t2")) as second:
            waiting = asyncio.ensure_future(second.wait_for_turn(told.put, until_ms=LATER))
            assert await told.get() == 2
            assert not waiting.done()
            waiting.cancel()


async def test_a_question_that_waits_for_its_dead_owners_lease_keeps_its_position(
    instances: Instances,
) -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    dead = QueueEntry(asked_ms=NOW - 1, turn_id="t1", lease_until=NOW - 1, running=True)
    await instances.inbox.put("s", dead)
    taken_over = msgspec.structs.replace(question("t1"), asked_ms=NOW - 1)
    async with instances.one.ticket("s", taken_over), instances.one.ticket("s", question("t2")) as later:
        waiting = asyncio.ensure_future(later.wait_for_turn(told.put, until_ms=LATER))
        assert await told.get() == 2
        waiting.cancel()


async def test_the_entry_of_a_finished_question_is_removed(instances: Instances) -> None:
    async with instances.one.ticket("s", question("t1")) as first:
        assert await is_next(first)
        assert [entry.turn_id for entry in await instances.inbox.entries("s")] == ["t1"]
        first.finished()

    assert await instances.inbox.entries("s") == []


async def test_an_unfinished_question_keeps_its_entry_and_lets_the_others_pass(instances: Instances) -> None:
    async with instances.one.ticket("s", question("t1")) as first:
        assert await is_next(first)

    async with instances.other.ticket("s", question("t2")) as second:
        assert await is_next(second)
        second.finished()
    ((_, entry),) = [one async for one in instances.inbox.abandoned(NOW)]
    assert (entry.turn_id, entry.running) == ("t1", False)


async def test_a_question_that_another_invocation_finished_leaves_no_entry(instances: Instances) -> None:
    await instances.inbox.put("s", QueueEntry(asked_ms=NOW, turn_id="t1", lease_until=NOW - 1))

    async with instances.one.ticket("s", question("t1")) as ticket:
        ticket.finished(by_another=True)

    assert await instances.inbox.entries("s") == []


async def test_more_rows_than_one_page_are_all_found(instances: Instances) -> None:
    keys = [(f"s{number % 3}", number) for number in range(23)]
    for session, number in keys:
        entry = QueueEntry(asked_ms=number, turn_id=f"t{number}", lease_until=1)
        await instances.inbox.put(session, entry)

    for page in (1, 5, 23, 100):
        found = [key[:2] async for key, _ in instances.rows.scan(INBOX, page=page)]
        assert found == sorted(keys)


async def test_a_stop_from_another_instance_survives_a_renewal(instances: Instances) -> None:
    async with instances.one.ticket("s", question("t1")) as running:
        assert await is_next(running)

        assert await instances.other.stop("s")
        await running.renew()

        assert running.stopped.is_set()
        (entry,) = await instances.inbox.entries("s")
        assert entry.stop


async def test_stopping_what_has_just_ended_leaves_no_entry_behind(instances: Instances) -> None:
    gone = QueueEntry(asked_ms=NOW, turn_id="t1", lease_until=LATER, running=True)

    assert not await instances.inbox.mark("s", gone, stop=True)
    assert await instances.inbox.entries("s") == []


async def test_with_nothing_running_there_is_nothing_to_stop(instances: Instances) -> None:
    assert not await instances.one.stop("s")


async def test_one_failed_look_does_not_let_a_question_jump_the_queue(instances: Instances) -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    async with instances.one.ticket("s", question("t1")) as first:
        assert await is_next(first)
        async with instances.other.ticket("s", question("t2")) as second:
            waiting = asyncio.ensure_future(second.wait_for_turn(told.put, until_ms=LATER))
            await told.get()
            # The look and its second attempt.
            instances.faults.switch_on("tablestore.away", count=2)
            second.changed.set()
            while instances.faults.switched_on():  # noqa: ASYNC110 - a fault has no event of its own
                await asyncio.sleep(0)
            assert not waiting.done()
            waiting.cancel()


async def test_a_failed_entry_does_not_let_a_question_jump_the_queue(instances: Instances) -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    async with instances.one.ticket("s", question("t1")) as first:
        assert await is_next(first)
        async with instances.other.ticket("s", question("t2")) as second:
            instances.faults.switch_on("tablestore.away", count=2)
            waiting = asyncio.ensure_future(second.wait_for_turn(told.put, until_ms=LATER))
            assert await told.get() == 2
            waiting.cancel()


async def test_without_tablestore_a_question_is_asked_all_the_same(instances: Instances) -> None:
    instances.faults.switch_on("tablestore.away")
    async with instances.one.ticket("s", question("t1")) as blind:
        assert await is_next(blind)


async def test_a_question_whose_step_forward_is_in_doubt_does_not_say_that_it_runs(
    instances: Instances,
) -> None:
    """Else an earlier question would wait for it, and it for the earlier one."""
    async with instances.one.ticket("s", question("t1")) as ticket:
        instances.faults.switch_on("tablestore.drop_after", count=1)
        assert await ticket.wait_for_turn(none_ahead, until_ms=NOW) is Position.TOO_LATE
        await ticket.renew()

        (entry,) = await instances.inbox.entries("s")
        assert not entry.running


async def test_abandoned_entries_are_found_across_sessions(instances: Instances) -> None:
    await instances.inbox.put("s1", QueueEntry(asked_ms=1, turn_id="dead", lease_until=NOW - 1))
    await instances.inbox.put("s2", QueueEntry(asked_ms=2, turn_id="alive", lease_until=NOW + 1))

    ((session_id, entry),) = [one async for one in instances.inbox.abandoned(NOW)]
    assert (session_id, entry.turn_id) == ("s1", "dead")


async def test_more_than_a_hundred_places_are_read_and_removed_together(instances: Instances) -> None:
    places = [(f"s{n}", QueueEntry(NOW + n, f"t{n}", stop=n == 7, lease_until=NOW)) for n in range(130)]
    for session_id, entry in places:
        await instances.inbox.put(session_id, entry)

    marked = await instances.inbox.marked([*places, ("none", QueueEntry(NOW, "none"))])
    failed = await instances.inbox.remove_all([*places[:120], ("none", QueueEntry(NOW, "none"))])

    assert marked == [*(entry for _, entry in places), None]
    assert failed == []
    left = [entry async for _, entry in instances.inbox.abandoned(LATER)]
    assert sorted(entry.asked_ms for entry in left) == [NOW + n for n in range(120, 130)]
