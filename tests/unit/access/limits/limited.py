"""A worker whose bot has limits, for tests of what becomes of its questions."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.settings.sections.limits import Limit
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import RecordingHandOver, Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.models.question import Question
    from tests.in_process import Seen


@asynccontextmanager
async def limited(*limits: dict[str, Any], language: str = "zh") -> AsyncIterator[Worker]:
    worker = Worker(a_bot(limits=tuple(msgspec.convert(one, Limit) for one in limits), language=language))
    worker.hand_over = RecordingHandOver()
    worker.backend.parts = [Text("五天。")]
    async with worker.started():
        yield worker


def question(number: int, **more: Any) -> Question:
    return a_question(f"t{number}", webhook=a_webhook(), **{"asked_ms": NOW_MS + number, **more})


def told(seen: Seen) -> str:
    return seen.card[-1] if seen.card else seen.messages[-1]


def counted(worker: Worker) -> dict[str, object]:
    """What the counters say, by the last words of their keys."""
    return {
        f"{scope.removeprefix('limit:handbook:')} {window}": row["n"]
        for (scope, window), row in worker.rows.tables.get("counters", {}).items()
        if scope.startswith("limit:") and "n" in row
    }


async def ask(worker: Worker, *numbers: int, **more: Any) -> list[bool]:
    """Which of these were answered."""
    return [(told(await worker.answer(question(number, **more)))) == "五天。" for number in numbers]
