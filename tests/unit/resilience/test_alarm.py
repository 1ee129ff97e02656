"""One timer for many waits: each ends in time, and nothing else is ended."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from rag_on_dingtalk.resilience.alarm import Alarm
from tests.skipping_loop import skipping


async def after(seconds: float, value: str = "piece") -> str:
    await asyncio.sleep(seconds)
    return value


@skipping
async def test_what_comes_in_time_is_returned_and_a_late_one_is_cancelled() -> None:
    alarm, late = Alarm(), asyncio.ensure_future(after(100))
    began = asyncio.get_running_loop().time()

    assert [await alarm.wait(after(0.9), 1.0) for _ in range(5)] == ["piece"] * 5
    with pytest.raises(TimeoutError):
        await alarm.wait(late, 2.0)

    assert asyncio.get_running_loop().time() - began == pytest.approx(4.5 + 2.0)
    assert late.cancelled()


@skipping
async def test_a_shorter_limit_than_the_one_before_holds() -> None:
    alarm = Alarm()
    await alarm.wait(after(0), 600.0)

    with pytest.raises(TimeoutError):
        await alarm.wait(after(100), 1.0)

    assert asyncio.get_running_loop().time() == pytest.approx(1.0)


@skipping
async def test_between_two_waits_nothing_is_cancelled() -> None:
    alarm = Alarm()
    await alarm.wait(after(0), 1.0)

    await asyncio.sleep(10)

    assert await alarm.wait(after(0.5), 1.0) == "piece"


@skipping
async def test_after_the_end_of_one_wait_the_task_goes_on_as_ever() -> None:
    alarm = Alarm()
    with pytest.raises(TimeoutError):
        await alarm.wait(after(2), 1.0)

    with anyio.move_on_after(5) as scope:
        await after(1)

    assert not scope.cancelled_caught


@skipping
async def test_a_cancelled_task_is_cancelled_and_not_late() -> None:
    alarm = Alarm()
    task = asyncio.ensure_future(alarm.wait(after(100), 50.0))
    await asyncio.sleep(1)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@skipping
async def test_a_scope_around_it_that_ends_in_the_same_moment_still_ends() -> None:
    alarm = Alarm()
    reached = False

    with anyio.move_on_after(1.0) as scope:
        try:
            await alarm.wait(after(100), 1.0)
        except TimeoutError:
            await after(1)
        reached = True

    assert scope.cancelled_caught
    assert not reached
