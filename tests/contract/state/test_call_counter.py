"""A month's calls, reserved by several processes through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from local.faults import FaultBoard
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.state.client import Rows
from rag_on_dingtalk.state.counters import CallCounter, Order, Tally, carry_out, day_of, month_of
from rag_on_dingtalk.state.tables import COUNTERS
from tests.contract.state.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.state.client import Columns, Key
    from rag_on_dingtalk.state.tables import Table

NOW = 1_795_000_000_000
MONTH = "2026-11"


class Blindable(Rows):
    """Cannot read while it is blind."""

    blind = False

    async def get(self, table: Table, key: Key) -> Columns | None:
        if self.blind:
            raise StateError("unreachable", "nothing to be seen")
        return await super().get(table, key)


@dataclass
class World:
    """The table, and the processes that count in it."""

    rows: Blindable
    faults: FaultBoard

    def process(self, name: str) -> CallCounter:
        return CallCounter(self.rows, "ding1", me=name, clock=lambda: NOW)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    faults = FaultBoard()
    async with tablestore(faults, [COUNTERS]) as url:
        rows = Blindable(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield World(rows, faults)
        await rows.close()


def reserving(wanted: int, *, least: int = 1, ceiling: int = 100) -> Order:
    return Order(wanted=wanted, least=least, ceiling=ceiling, until_ms=NOW + 1_000)


def test_months_turn_at_midnight_in_china() -> None:
    last_second_ms = 1_796_054_399_000  # 2026-11-30T15:59:59Z

    assert (month_of(last_second_ms), month_of(last_second_ms + 1_000)) == ("2026-11", "2026-12")
    assert (day_of(last_second_ms), day_of(last_second_ms + 1_000)) == ("2026-11-30", "2026-12-01")


@given(
    spent=st.integers(0, 120),
    settled=st.integers(-50, 50),
    wanted=st.integers(0, 50),
    least=st.integers(0, 50),
    ceiling=st.integers(0, 100),
)
def test_nothing_is_reserved_above_the_ceiling_and_every_call_is_counted(
    spent: int, settled: int, wanted: int, least: int, ceiling: int
) -> None:
    order = Order(settled=settled, wanted=wanted, least=min(least, wanted), ceiling=ceiling)

    tally, granted = carry_out(Tally(1, spent), order, by="p1", now_ms=NOW)

    assert granted == 0 or (order.least <= granted <= wanted and tally.spent <= ceiling)
    if tally.version > 1:
        assert tally.spent == max(spent + settled, 0) + granted
    else:
        assert (tally.spent, granted) == (spent, 0)


async def test_many_processes_reserve_no_more_than_there_is(world: World) -> None:
    outcomes = await asyncio.gather(
        *(world.process(f"p{n}").settle(MONTH, reserving(8, least=2)) for n in range(16))
    )

    granted = [calls for _, calls in outcomes]
    assert sum(granted) == 100
    assert (await world.process("p").read(MONTH)).spent == 100


async def test_fewer_calls_than_are_worth_anything_are_not_reserved(world: World) -> None:
    process = world.process("p1")
    await process.settle(MONTH, reserving(99))

    tally, granted = await process.settle(MONTH, reserving(8, least=2))

    assert (tally.spent, granted) == (99, 0)


async def test_calls_that_were_given_back_are_there_for_others(world: World) -> None:
    one, other = world.process("p1"), world.process("p2")
    await one.settle(MONTH, reserving(100))
    known, none = await other.settle(MONTH, reserving(8))
    await one.settle(MONTH, Order(settled=-90))

    tally, granted = await other.settle(MONTH, reserving(8), known)

    assert (none, granted, tally.spent) == (0, 8, 18)


async def test_processes_see_who_else_is_spending_until_they_stop(world: World) -> None:
    one, other = world.process("p1"), world.process("p2")
    await one.settle(MONTH, reserving(8))
    both, _ = await other.settle(MONTH, reserving(8))
    alone, _ = await one.settle(MONTH, Order(settled=-8), both)

    assert set(both.spenders) == {"p1", "p2"}
    assert set(alone.spenders) == {"p2"}
    assert other.announced_until(alone) == NOW + 1_000
    assert one.announced_until(alone) == 0


async def test_a_process_that_died_is_forgotten() -> None:
    tally = Tally(1, 8, {"dead": NOW})

    after, _ = carry_out(tally, Order(until_ms=NOW + 1), by="p1", now_ms=NOW)

    assert after.spenders == {"p1": NOW + 1}


async def test_a_reservation_whose_answer_was_lost_is_recognised(world: World) -> None:
    process = world.process("p1")
    await process.read(MONTH)
    world.faults.switch_on("tablestore.drop_after", count=1)

    tally, granted = await process.settle(MONTH, reserving(8), Tally())

    assert (tally.spent, granted) == (8, 8)


async def test_a_reservation_that_never_arrived_is_made_again(world: World) -> None:
    world.faults.switch_on("tablestore.drop_before", count=1)

    tally, granted = await world.process("p1").settle(MONTH, reserving(8), Tally())

    assert (tally.spent, granted) == (8, 8)


async def test_calls_are_not_given_back_twice(world: World) -> None:
    process = world.process("p1")
    known, _ = await process.settle(MONTH, reserving(50))
    world.faults.switch_on("tablestore.drop_after", count=1)
    world.rows.blind = True

    with pytest.raises(StateError) as failure:
        await process.settle(MONTH, Order(settled=-40), known)

    world.rows.blind = False
    assert failure.value.ambiguous
    assert (await process.read(MONTH)).spent == 10


async def test_other_apps_and_months_are_counted_by_themselves(world: World) -> None:
    await world.process("p1").settle(MONTH, reserving(100))
    other_app = CallCounter(world.rows, "ding2", me="p1", clock=lambda: NOW)

    assert (await other_app.settle(MONTH, reserving(8)))[1] == 8
    assert (await world.process("p1").settle("2026-12", reserving(8)))[1] == 8
