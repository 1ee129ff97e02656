"""The fields of a job stand in each of its lines, whichever task writes it, and in no line of another job."""

from __future__ import annotations

import asyncio
import doctest
import json
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from rag_on_dingtalk.observability import log_fields as module
from rag_on_dingtalk.observability.log_fields import log_fields, with_fields
from rag_on_dingtalk.observability.powertools import powertools_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    Spawn = Callable[[Callable[[], Coroutine[Any, Any, None]]], Awaitable[None]]


async def by_task(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await asyncio.ensure_future(work())


async def by_gather(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await asyncio.gather(work(), work())


async def by_task_group(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(work)


async def by_timeout(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await asyncio.wait_for(work(), 60)


async def by_shield(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await asyncio.shield(work())


@pytest.mark.parametrize("spawn", [by_task, by_gather, by_task_group, by_timeout, by_shield])
async def test_jobs_side_by_side_keep_their_own_fields_in_every_task(spawn: Spawn) -> None:
    lines: list[tuple[str, dict[str, str | int]]] = []

    async def job(turn_id: str) -> None:
        async def work() -> None:
            for _ in range(3):
                await asyncio.sleep(0)
                lines.append((turn_id, with_fields({"step": "work"})))

        with log_fields(turn_id=turn_id):
            await spawn(work)

    await asyncio.gather(*(job(f"t{number}") for number in range(4)))

    assert len(lines) >= 12
    assert all(line == {"turn_id": turn_id, "step": "work"} for turn_id, line in lines)
    assert with_fields({}) == {}


def test_an_inner_block_adds_to_the_outer_one_and_a_lines_own_fields_win() -> None:
    with log_fields(bot="handbook", turn_id="t1"):
        with log_fields(turn_id="t2"):
            assert with_fields({"code": "busy"}) == {"bot": "handbook", "turn_id": "t2", "code": "busy"}
        assert with_fields({"bot": "other"}) == {"bot": "other", "turn_id": "t1"}


def test_the_fields_end_with_the_block_also_by_an_error() -> None:
    with pytest.raises(ValueError, match="no"), log_fields(turn_id="t1"):
        raise ValueError("no")

    assert with_fields({}) == {}


def test_the_workers_logger_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    log = powertools_logger("test-log-fields")
    with log_fields(turn_id="t1", level="high"):
        log("answered", level="WARNING", calls=3)
    log("stopped")

    inside, outside = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (inside["turn_id"], inside["level"], inside["level_"], inside["calls"]) == (
        "t1",
        "WARNING",
        "high",
        3,
    )
    assert "turn_id" not in outside


def test_the_example_runs() -> None:
    outcome = doctest.testmod(module)

    assert outcome.attempted > 0
    assert outcome.failed == 0
