from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from rag_on_dingtalk.resilience.beside import beside, unless

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine


async def for_ever() -> None:
    await asyncio.Event().wait()


async def broken() -> None:
    raise KeyError("broken")


async def run_beside(
    work: Callable[[], Awaitable[str | None]], companion: Callable[[], Coroutine[Any, Any, None]]
) -> str | None:
    async with beside(companion):
        return await work()


async def value() -> str:
    return "done"


async def test_the_companion_ends_with_the_work() -> None:
    assert await run_beside(value, for_ever) == "done"


async def test_a_companion_that_ends_early_changes_nothing() -> None:
    async def at_once() -> None:
        return

    async def slowly() -> str:
        await asyncio.sleep(0)
        return "done"

    assert await run_beside(slowly, at_once) == "done"


@pytest.mark.parametrize("which", ["work", "companion"])
async def test_an_error_of_either_comes_out_bare_and_the_other_has_ended(which: str) -> None:
    ended = asyncio.Event()

    async def waiting() -> None:
        try:
            await for_ever()
        finally:
            ended.set()

    with pytest.raises(KeyError):
        await (run_beside(broken, waiting) if which == "work" else run_beside(waiting, broken))
    assert ended.is_set()


async def test_cancelling_from_outside_cancels_both() -> None:
    ended: list[str] = []

    async def waiting(name: str) -> None:
        try:
            await for_ever()
        finally:
            ended.append(name)

    with anyio.move_on_after(0.0):
        await run_beside(lambda: waiting("work"), lambda: waiting("companion"))

    assert set(ended) <= {"work", "companion"}


async def test_unless_stopped_the_work_tells() -> None:
    assert await unless(for_ever, value, instead="stopped") == "done"


async def test_stopping_cancels_the_work() -> None:
    async def work() -> str:
        await for_ever()
        return "done"

    async def stopped() -> None:
        return

    assert await unless(stopped, work, instead="stopped") == "stopped"
