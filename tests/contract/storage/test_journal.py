"""What operators read, through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
import pytest_asyncio

from devserver.simulation.services.conditions import outcome_of
from emulators.faults import FaultBoard
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.rows.changes import Put, Update
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.rows.conditions import there_and_equal
from rag_on_dingtalk.storage.schema import compare_tables
from rag_on_dingtalk.storage.tables import AUDIT, INCIDENTS, QUESTIONS, STATS, TABLES
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: 2026-11-29, 23:59:59.999 in China.
LATE = 1_795_967_999_999
EVENT = QuestionEvent(turn_id="t1", bot="handbook", asked_ms=LATE, outcome="answered", total_ms=4_000)


@pytest_asyncio.fixture
async def rows() -> AsyncIterator[Rows]:
    async with tablestore() as url:
        opened = Rows(endpoint=url, instance=INSTANCE, region="cn-hangzhou", credentials=lambda: KEY)
        yield opened
        await opened.close()


def another(turn_id: str, **changes: object) -> QuestionEvent:
    return msgspec.structs.replace(EVENT, turn_id=turn_id, **changes)


async def test_questions_are_read_back_by_day_in_the_order_asked(rows: Rows) -> None:
    questions = Questions(rows)
    tomorrow = another("t3", asked_ms=LATE + 1)
    for event in (tomorrow, another("t2", asked_ms=LATE - 5), EVENT, another("t9", bot="handbook2")):
        assert await questions.remember(event) == []

    one_day = [event.turn_id async for event in questions.between("handbook", "2026-11-29", "2026-11-29")]
    two_days = [event async for event in questions.between("handbook", "2026-11-28", "2026-11-30")]

    assert one_day == ["t2", "t1"]
    assert two_days[-1] == tomorrow


async def test_counts_of_many_at_once_are_all_there(rows: Rows) -> None:
    questions = Questions(rows)
    await asyncio.gather(*(questions.remember(another(f"t{number}")) for number in range(40)))

    ((hour, counts),) = [one async for one in questions.hours("handbook", "2026-11-29", "2026-11-29")]

    assert (hour, counts["asked"], counts["total_sum_ms"]) == ("2026-11-29T23", 40, 160_000)


async def test_a_verdict_may_come_before_the_row_and_stays(rows: Rows) -> None:
    questions = Questions(rows)
    await questions.rated(EVENT, liked=False, now_hour=EVENT.hour)
    await questions.remember(EVENT)

    (found,) = [event async for event in questions.between("handbook", "2026-11-29", "2026-11-29")]

    assert (found.feedback, found.outcome) == ("dislike", "answered")


async def test_of_a_batch_only_the_rows_of_a_missing_table_are_not_written() -> None:
    there = [table for table in TABLES if table is not STATS]
    async with tablestore(tables=there) as url:
        rows = Rows(endpoint=url, instance=INSTANCE, region="cn-hangzhou", credentials=lambda: KEY)
        failed = await Questions(rows).remember(EVENT)
        found = await rows.get(QUESTIONS, ("handbook/2026-11-29", LATE, "t1"))
        await rows.close()

    assert failed == ["stats OTSObjectNotExist"]
    assert found is not None


async def test_a_batch_that_fails_as_a_whole_is_in_doubt_and_is_not_sent_again() -> None:
    faults = FaultBoard()
    async with tablestore(faults) as url:
        rows = Rows(endpoint=url, instance=INSTANCE, region="cn-hangzhou", credentials=lambda: KEY)
        faults.switch_on("tablestore.drop_after", count=1)
        with pytest.raises(StateError) as caught:
            await Questions(rows).remember(EVENT)
        counts = await rows.get(STATS, ("handbook", "2026-11-29T23"))
        await rows.close()

    assert caught.value.ambiguous
    assert counts is not None
    assert counts["asked"] == 1


async def test_an_update_keeps_the_other_columns_and_honours_its_condition(rows: Rows) -> None:
    key = ("handbook", "backend")
    made = Update(table=INCIDENTS, key=key, columns={"state": "open"}, counts={"count": 2})

    assert await rows.write_all([made]) == []
    assert await rows.update(INCIDENTS, key, add={"count": 1})
    muted = there_and_equal("state", "muted")
    assert not await rows.update(INCIDENTS, key, put={"state": "closed"}, condition=muted)
    after = await rows.get(INCIDENTS, key)

    assert after == {"state": "open", "count": 3}
    assert after == outcome_of(made, {"count": 1})


async def test_rows_of_the_audit_are_written_once_and_cannot_be_updated(rows: Rows) -> None:
    first = Put(table=AUDIT, key=("handbook/2026-11-29", 1), columns={"act": "a"})
    other = Put(table=AUDIT, key=("handbook/2026-11-29", 1), columns={"act": "b"})

    assert await rows.put_new(first)
    assert not await rows.put_new(other)
    with pytest.raises(StateError, match="UpdateRow"):
        await rows.update(AUDIT, first.key, put={"act": "c"})
    await rows.put_new(Put(table=AUDIT, key=("handbook/2026-11-29", 2), columns={"act": "d"}))

    assert await rows.last(AUDIT, "handbook/2026-11-29") == (("handbook/2026-11-29", 2), {"act": "d"})
    assert await rows.last(AUDIT, "handbook/2026-11-30") is None


async def test_a_span_is_read_over_all_its_pages(rows: Rows) -> None:
    for number in range(7):
        await rows.put_new(Put(table=AUDIT, key=("a/2026-11-29", number), columns={"n": number}))
    await rows.put_new(Put(table=AUDIT, key=("a/2026-11-30", 0), columns={"n": 9}))

    found = [row["n"] async for _, row in rows.span(AUDIT, ("a/2026-11-29", 2), ("a/2026-11-30",), page=2)]

    assert found == [2, 3, 4, 5, 6]


async def test_of_chosen_columns_nothing_else_is_read_and_no_row_without_them(rows: Rows) -> None:
    questions = Questions(rows)
    for number in range(3):
        await questions.remember(another(f"t{number}", asked_ms=LATE - number, asker="u1", calls=7))
    await rows.update(QUESTIONS, ("handbook/2026-11-29", LATE + 1, "t9"), put={"deeper": 1})

    part, following = await questions.page("handbook", "2026-11-29", limit=2, columns=("asker", "outcome"))
    rest, end = await questions.page(
        "handbook", "2026-11-29", limit=9, before=following, columns=("asker", "outcome")
    )
    hours = [
        counts
        async for _, counts in questions.hours("handbook", "2026-11-29", "2026-11-29", counts=("calls",))
    ]

    assert [event.turn_id for event in (*part, *rest)] == ["t0", "t1", "t2"]
    assert {(event.asker, event.outcome, event.calls, event.total_ms) for event in part} == {
        ("u1", "answered", 0, 0)
    }
    assert end == ()
    assert hours == [{"calls": 21}]


async def test_a_table_that_allows_updates_though_it_must_not_is_named() -> None:
    wrong = [msgspec.structs.replace(AUDIT, updates=True)]
    async with tablestore(tables=wrong) as url:
        found = await asyncio.to_thread(
            compare_tables, [AUDIT], endpoint=url, instance=INSTANCE, credentials=KEY
        )

    assert "allows UpdateRow" in found["audit"]
