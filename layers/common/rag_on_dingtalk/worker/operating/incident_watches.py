"""Tasks of housekeeping for incidents that no single question shows: rates, percentiles, calls spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.observability.days import DAY_MS, HOUR_MS, day_of, hour_of
from rag_on_dingtalk.observability.exposition import added, buckets_of
from rag_on_dingtalk.observability.histogram import percentile
from rag_on_dingtalk.observability.incidents.rules import Sign, percentile_sign, rate_sign
from rag_on_dingtalk.storage.shared.counters import CallCounter, month_of

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.questions import Questions
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard

#: The hours that count as now, the one that runs included.
_NOW_HOURS = 2
#: Of the month's calls.
_SPENT = 0.8


class RatesWatch:
    """Whether fewer questions find an answer, or the slowest are too slow."""

    def __init__(self, questions: Questions, board: IncidentBoard) -> None:
        self._questions = questions
        self._board = board

    async def __call__(self, name: str, bot: Bot, now_ms: int) -> None:
        """Compare the last two hours with the day before them.

        Raises:
            StateError: Tablestore could not be asked.
        """
        first = hour_of(now_ms - (_NOW_HOURS - 1) * HOUR_MS)
        now: list[dict[str, int]] = []
        before: list[dict[str, int]] = []
        async for hour, counts in self._questions.hours(name, day_of(now_ms - DAY_MS), day_of(now_ms)):
            (now if hour >= first else before).append(counts)
        buckets = buckets_of(added(now), "first")
        slow_ms = int(bot.operations.slow_seconds * 1000)
        signs = (
            rate_sign(added(now), added(before)),
            percentile_sign(percentile(buckets, 0.99), sum(buckets.values()), slow_ms=slow_ms),
        )
        for sign in signs:
            if sign is not None:
                await self._board.take(name, sign)


class CallsWatch:
    """Whether four fifths of the month's DingTalk calls are spent."""

    def __init__(self, rows: Rows, board: IncidentBoard) -> None:
        self._rows = rows
        self._board = board

    async def __call__(self, name: str, bot: Bot, now_ms: int) -> None:
        """Look at the month.

        Raises:
            StateError: Tablestore could not be asked.
        """
        budget = bot.dingtalk.budget.monthly_calls
        if budget is None:
            return
        counter = CallCounter(self._rows, bot.dingtalk.client_id, me="", clock=lambda: now_ms)
        spent = (await counter.read(month_of(now_ms))).spent
        sign = Sign("dingtalk_calls", bad=spent >= _SPENT * budget, detail=f"{spent:,} / {budget:,}")
        await self._board.take(name, sign)
