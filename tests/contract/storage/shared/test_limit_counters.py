"""Counters that hold a bound and count each question once, through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from emulators.faults import FaultBoard
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.limit_counters import LimitCounters, Taking
from rag_on_dingtalk.storage.tables import COUNTERS
from tests.contract.storage.shared.takers import COUNTER
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from rag_on_dingtalk.storage.rows.client import Columns, Key, Value
    from rag_on_dingtalk.storage.tables import Table

NOW = 1_795_000_000_000


class LosesAnswers(Rows):
    """Of updates: each is carried out, and the answers of the first `lost` are lost."""

    lost = 0

    async def update(
        self,
        table: Table,
        key: Key,
        *,
        put: Mapping[str, Value] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
        condition: object | None = None,
    ) -> bool:
        done = await super().update(table, key, put=put, add=add, remove=remove, condition=condition)
        if self.lost:
            self.lost -= 1
            raise StateError("unreachable", "the answer was lost", ambiguous=True)
        return done


@pytest_asyncio.fixture
async def rows() -> AsyncIterator[LosesAnswers]:
    async with tablestore(FaultBoard(), [COUNTERS]) as url:
        opened = LosesAnswers(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield opened
        await opened.close()


async def counted(rows: Rows) -> Columns:
    return await rows.get(COUNTERS, COUNTER) or {}


async def test_of_200_takers_in_four_processes_exactly_50_get_one_of_50() -> None:
    async with tablestore(FaultBoard(), [COUNTERS]) as url:
        processes = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.contract.storage.shared.takers", url, str(name), "50", "50"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            for name in range(4)
        ]
        told = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        row = await counted(rows)
        await rows.close()

    assert sum(int(out) for out, _ in told) == 50
    assert (row["n"], len(row)) == (50, 51)


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_a_question_counts_once_however_often_it_is_taken_and_answers_are_lost(
    rows: LosesAnswers, lost: int
) -> None:
    counters = LimitCounters(rows)

    for again in (False, False, True):
        rows.lost = lost
        assert await counters.take(COUNTER, "t1", most=10, notice=8, again=again) is Taking.LOW

    assert await counted(rows) == {"n": 1, "t1": 1}


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_what_is_given_back_twice_is_given_back_once(rows: LosesAnswers, lost: int) -> None:
    counters = LimitCounters(rows)
    await counters.take(COUNTER, "t1", most=10, notice=8)
    await counters.take(COUNTER, "t2", most=10, notice=8)

    for _ in range(2):
        rows.lost = lost
        await counters.give_back(COUNTER, "t1")

    assert await counted(rows) == {"n": 1, "t1": 0, "t2": 1}


async def test_a_question_that_was_refused_may_be_counted_when_another_is_given_back(
    rows: LosesAnswers,
) -> None:
    counters = LimitCounters(rows)

    assert await counters.take(COUNTER, "t1", most=1, notice=2) is Taking.LOW
    assert await counters.take(COUNTER, "t2", most=1, notice=2) is Taking.FULL
    await counters.give_back(COUNTER, "t1")
    assert await counters.take(COUNTER, "t2", most=1, notice=2) is Taking.LOW

    assert await counted(rows) == {"n": 1, "t1": 0, "t2": 1}


@pytest.mark.parametrize("counted_before", [True, False])
async def test_what_was_given_back_is_never_counted_again(
    rows: LosesAnswers, *, counted_before: bool
) -> None:
    counters = LimitCounters(rows)
    if counted_before:
        await counters.take(COUNTER, "t1", most=10, notice=8)

    given_back = await counters.give_back(COUNTER, "t1")
    # An instance that was frozen meanwhile goes on with its update.
    taking = await counters.take(COUNTER, "t1", most=10, notice=8)

    assert given_back is counted_before
    assert taking is Taking.LOW
    assert (await counted(rows)).get("n", 0) == 0


async def test_from_the_notice_on_it_is_said_that_the_limit_is_near(rows: LosesAnswers) -> None:
    counters = LimitCounters(rows)

    taken = [await counters.take(COUNTER, f"t{number}", most=5, notice=4) for number in range(6)]

    assert taken == [Taking.LOW] * 3 + [Taking.HIGH] * 2 + [Taking.FULL]


async def test_a_counter_that_cannot_be_asked_says_so(rows: LosesAnswers) -> None:
    rows.lost = 100

    with pytest.raises(StateError):
        await LimitCounters(Unreachable(rows)).take(COUNTER, "t1", most=5, notice=4)


async def test_places_are_bounded_and_vacated_by_their_owner_only(rows: LosesAnswers) -> None:
    counters = LimitCounters(rows)

    async def occupy(turn_id: str, until_ms: int, now_ms: int = NOW) -> bool:
        return await counters.occupy(COUNTER, turn_id, most=2, now_ms=now_ms, until_ms=until_ms)

    assert [await occupy(turn_id, NOW + 100) for turn_id in ("t1", "t2", "t3")] == [True, True, False]
    # The next owner of a turn takes its place over; the earlier one cannot vacate it any more.
    assert await occupy("t1", NOW + 200)
    assert not await counters.vacate(COUNTER, "t1", until_ms=NOW + 100)
    assert not await occupy("t3", NOW + 100)
    assert await counters.vacate(COUNTER, "t1", until_ms=NOW + 200)
    assert await occupy("t3", NOW + 100)
    # What an owner that died has left is free after its end.
    assert await occupy("t4", NOW + 300, now_ms=NOW + 101)
    assert await counted(rows) == {"n": 1, "t4": NOW + 300}


class Unreachable(LosesAnswers):
    """Reads nothing and loses every answer."""

    def __init__(self, rows: LosesAnswers) -> None:
        self._client = rows._client
        self.lost = 100

    async def get_columns(self, table: Table, key: Key, columns: Sequence[str]) -> Columns:
        raise StateError("unreachable", f"{table.name} {key} {columns} cannot be read")
