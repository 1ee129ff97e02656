"""What limits cost in requests to Tablestore is what docs/cost.md says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from tests.skipping_loop import skipping
from tests.unit.access.limits.limited import limited, question, told

_DOCUMENT = (Path(__file__).parents[4] / "docs" / "cost.md").read_text(encoding="utf-8")
_FOUR = (
    {"scope": "user", "per": "minute", "questions": 10},
    {"scope": "user", "per": "day", "questions": 100},
    {"scope": "department", "per": "day", "questions": 500},
    {"scope": "bot", "per": "day", "questions": 5_000},
)
_FIVE = {"scope": "user", "questions": 5}
_SHARE, _WHOLE = {"scope": "department", "concurrent": 5}, {"scope": "bot", "concurrent": 50}

#: Row of the table → the limits, how many questions came before, and whether the backend fails.
SHAPES: dict[str, tuple[tuple[dict[str, Any], ...], int, bool]] = {
    "no limits": ((), 0, False),
    "one limit on questions": (_FOUR[:1], 0, False),
    "four limits on questions": (_FOUR, 0, False),
    "a share of places": ((_SHARE,), 0, False),
    "a share of places, lent out of the bot's": ((_SHARE, _WHOLE), 0, False),
    "one limit, above 80 % of it": ((_FIVE,), 4, False),
    "one limit, which refuses": ((_FIVE,), 5, False),
    "one limit, and the backend fails": (_FOUR[:1], 0, True),
}


async def requests(limits: tuple[dict[str, Any], ...], before: int, *, fails: bool) -> int:
    async with limited(*limits) as worker:
        worker.departments = ((300, 1),)
        for number in range(before):
            await worker.answer(question(number))
            # Here an answer takes no time, and DingTalk's second would be full.
            worker.skipped_ms += 2_000
        worker.rows.calls.clear()
        if fails:
            worker.backend.parts = [BackendError(FailureKind.QUOTA, "no answer", verdict=True)]
        await worker.answer(question(100))
        return len(worker.rows.calls)


@skipping
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "one limit, which refuses"])
async def test_limits_take_as_many_requests_more_as_documented(shape: str) -> None:
    limits, before, fails = SHAPES[shape]

    more = await requests(limits, before, fails=fails) - await requests((), before, fails=fails)

    assert documented(shape) == f"{more}"


@skipping
async def test_a_refusal_takes_fewer_requests_than_an_answer() -> None:
    limits, before, _ = SHAPES["one limit, which refuses"]

    async with limited(*limits) as worker:
        worker.backend.parts = [Text("五天。")]
        for number in range(before):
            await worker.answer(question(number))
        worker.rows.calls.clear()
        assert "已经问完了" in told(await worker.answer(question(100)))
        refused = len(worker.rows.calls)
        # A command ends the pipeline at the same place.
        worker.rows.calls.clear()
        await worker.answer(question(101, text="/help"))
        helped = len(worker.rows.calls)

    assert documented("one limit, which refuses") == f"{refused - helped}, and none for an answer"
    assert refused < await requests((), 0, fails=False)


def documented(shape: str) -> str:
    found = re.search(rf"^\| {re.escape(shape)} \| ([^|]+) \|$", _DOCUMENT, re.MULTILINE)
    assert found is not None, f"docs/cost.md has no row {shape!r}"
    return found[1]
