"""A process holds no more bytes than it may, in any order of callers, and when a caller gives up waiting."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.resilience.byte_budget import ByteBudget


async def settle() -> None:
    """Let everything go on that can."""
    for _ in range(5):
        await asyncio.sleep(0)


class Holder:
    """Holds bytes until told to let go."""

    def __init__(self, budget: ByteBudget, size: int) -> None:
        self._budget = budget
        self._size = size
        self.let_go = asyncio.Event()
        self.holds = False
        self.task = asyncio.create_task(self._hold())

    async def _hold(self) -> None:
        async with self._budget.hold(self._size):
            self.holds = True
            await self.let_go.wait()
        self.holds = False


async def test_what_fits_is_held_at_once_and_the_rest_waits_its_turn() -> None:
    budget = ByteBudget(10)
    holders = [Holder(budget, size) for size in (4, 4, 4, 1)]
    await settle()
    # The small one would fit, but came later.
    assert [one.holds for one in holders] == [True, True, False, False]
    holders[0].let_go.set()
    await settle()

    assert [one.holds for one in holders] == [False, True, True, True]
    assert budget.held == 9
    for one in holders:
        one.let_go.set()
    await settle()
    assert budget.held == 0


async def test_more_than_the_limit_is_held_alone() -> None:
    budget = ByteBudget(10)
    small, large = Holder(budget, 1), Holder(budget, 99)
    await settle()
    assert (small.holds, large.holds) == (True, False)
    small.let_go.set()
    await settle()

    assert large.holds
    large.let_go.set()
    await settle()
    assert budget.held == 0


async def test_what_was_not_needed_is_given_back() -> None:
    budget = ByteBudget(10)
    async with budget.hold(10) as hold:
        waiting = Holder(budget, 6)
        await settle()
        assert not waiting.holds
        hold.shrink(3)
        hold.shrink(8)
        await settle()

        assert (waiting.holds, hold.size, budget.held) == (True, 3, 9)
    waiting.let_go.set()
    await settle()
    assert budget.held == 0


async def test_who_gives_up_waiting_does_not_hold_up_the_others() -> None:
    budget = ByteBudget(10)
    first, second, third = Holder(budget, 6), Holder(budget, 10), Holder(budget, 4)
    await settle()
    second.task.cancel()
    await settle()

    assert third.holds
    for one in (first, third):
        one.let_go.set()
    await settle()
    assert budget.held == 0


async def test_who_is_admitted_and_cancelled_at_once_holds_nothing() -> None:
    budget = ByteBudget(10)
    first, second = Holder(budget, 10), Holder(budget, 10)
    await settle()
    first.let_go.set()
    await asyncio.sleep(0)
    second.task.cancel()
    await settle()

    assert budget.held == 0


async def test_an_error_in_the_block_gives_everything_back() -> None:
    budget = ByteBudget(10)
    with pytest.raises(ValueError, match="broken"):
        async with budget.hold(10):
            raise ValueError("broken")

    assert budget.held == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 25), st.sampled_from(["finish", "cancel", "shrink"]), st.integers(0, 5)),
        max_size=25,
    )
)
def test_never_more_than_the_limit_and_in_the_end_nothing(plan: list[tuple[int, str, int]]) -> None:
    async def run() -> None:
        budget = ByteBudget(10)
        most = 0

        async def use(size: int, end: str, pauses: int) -> None:
            nonlocal most
            async with budget.hold(size) as hold:
                for _ in range(pauses):
                    most = max(most, budget.held)
                    await asyncio.sleep(0)
                if end == "shrink":
                    hold.shrink(size // 2)
                    await asyncio.sleep(0)

        tasks = []
        for size, end, pauses in plan:
            tasks.append(asyncio.create_task(use(size, end, pauses)))
            await asyncio.sleep(0)
            if end == "cancel":
                tasks[-1].cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await asyncio.wait_for(task, 5)

        assert most <= 10
        assert budget.held == 0

    asyncio.run(run())
