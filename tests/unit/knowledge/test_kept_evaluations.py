"""Runs of golden questions that are kept: the newest ones."""

from __future__ import annotations

from typing import Any

from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations
from tests.in_process.rows import MemoryRows


async def test_of_many_runs_the_newest_hundred_of_each_bot_are_kept() -> None:
    rows: Any = MemoryRows()
    evaluations = Evaluations(rows)
    await evaluations.keep("another", 1, {"content": "another's"})

    for number in range(103):
        await evaluations.keep("handbook", 1_000 + number, {"content": str(number)})

    kept = [one["content"] for one in await evaluations.last("handbook", most=1_000)]
    assert kept == [str(number) for number in reversed(range(3, 103))]
    assert await evaluations.last("another", most=10) == [{"content": "another's"}]
