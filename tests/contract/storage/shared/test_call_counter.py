"""A month's calls, reserved by several processes through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from emulators.faults import FaultBoard
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.counters import (
    CallCounter,
    MonthlyUsage,
    Order,
    carry_out,
    month_of,
)
from rag_on_dingtalk.storage.shared.rate_shares import GRACE_MS, Claim, Held
from rag_on_dingtalk.storage.tables import COUNTERS
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.storage.rows.client import Columns, Key
    from rag_on_dingtalk.storage.tables import Table

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


CLAIM = Claim(limit=20, need=2, floor=0, until_ms=NOW + 1_000)
LEAVING = Claim(limit=20, need=0, floor=0, until_ms=0)


def reserving(wanted: int, *, least: int = 1, ceiling: int = 100) -> Order:
    return Order(wanted=wanted, least=least, ceiling=ceiling, claim=CLAIM)


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

    usage, granted = carry_out(MonthlyUsage(1, spent), order, by="p1", now_ms=NOW)

    assert granted == 0 or (order.least <= granted <= wanted and usage.spent <= ceiling)
    if usage.version > 1:
        assert usage.spent == max(spent + settled, 0) + granted
    else:
        assert (usage.spent, granted) == (spent, 0)


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

    usage, granted = await process.settle(MONTH, reserving(8, least=2))

    assert (usage.spent, granted) == (99, 0)


async def test_calls_that_were_given_back_are_there_for_others(world: World) -> None:
    one, other = world.process("p1"), world.process("p2")
    await one.settle(MONTH, reserving(100))
    known, none = await other.settle(MONTH, reserving(8))
    await one.settle(MONTH, Order(settled=-90))

    usage, granted = await other.settle(MONTH, reserving(8), known)

    assert (none, granted, usage.spent) == (0, 8, 18)


async def test_processes_see_who_else_is_spending_until_they_stop(world: World) -> None:
    one, other = world.process("p1"), world.process("p2")
    await one.settle(MONTH, reserving(8))
    both, _ = await other.settle(MONTH, reserving(8))
    alone, _ = await one.settle(MONTH, Order(settled=-8, claim=LEAVING), both)

    assert set(both.shares) == {"p1", "p2"}
    assert set(alone.shares) == {"p2"}
    assert other.held(alone) == Held(NOW + 1_000, 2)
    assert one.held(alone) == Held(0)


async def test_a_process_that_died_is_forgotten() -> None:
    usage = MonthlyUsage(1, 8, {"dead": Held(NOW - GRACE_MS, 20)})

    after, _ = carry_out(usage, Order(claim=CLAIM), by="p1", now_ms=NOW)

    assert after.shares == {"p1": Held(NOW + 1_000, 2)}


async def test_a_look_that_changes_nothing_writes_nothing(world: World) -> None:
    process = world.process("p1")
    first, _ = await process.settle(MONTH, Order(claim=CLAIM))

    again, _ = await process.settle(MONTH, Order(claim=CLAIM))

    assert again == first


async def test_a_row_of_a_version_without_shares_is_read(world: World) -> None:
    await world.rows.put(
        COUNTERS, ("calls:ding1", MONTH), {"ver": 3, "spent": 7, "spenders": '{"old":1}', "by": "old/1"}
    )

    usage, granted = await world.process("p1").settle(MONTH, reserving(1))

    assert (usage.version, usage.spent, granted) == (4, 8, 1)


async def test_a_reservation_whose_answer_was_lost_is_recognised(world: World) -> None:
    process = world.process("p1")
    await process.read(MONTH)
    world.faults.switch_on("tablestore.drop_after", count=1)

    usage, granted = await process.settle(MONTH, reserving(8), MonthlyUsage())

    assert (usage.spent, granted) == (8, 8)


async def test_a_reservation_that_never_arrived_is_made_again(world: World) -> None:
    world.faults.switch_on("tablestore.drop_before", count=1)

    usage, granted = await world.process("p1").settle(MONTH, reserving(8), MonthlyUsage())

    assert (usage.spent, granted) == (8, 8)


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
