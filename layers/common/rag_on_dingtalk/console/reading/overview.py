"""Thirty days in counts: two requests for the hours, one for the calls, one for the incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.observability.days import DAY_MS, day_of, days_between
from rag_on_dingtalk.observability.exposition import added, buckets_of
from rag_on_dingtalk.observability.histogram import BEYOND, BOUNDS, percentile
from rag_on_dingtalk.observability.spending import cny_of
from rag_on_dingtalk.storage.shared.counters import CallCounter, month_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.incidents import Incidents
    from rag_on_dingtalk.storage.journal.questions import Questions
    from rag_on_dingtalk.storage.rows.client import Rows

DAYS = 30
#: What the page shows of an hour, of some hundred counts.
_COUNTS = (
    *(f"outcome_{outcome}" for outcome in ("answered", "nothing_found", "failed", "refused", "stopped")),
    *(f"total_le_{bound}" for bound in (*BOUNDS, BEYOND)),
    *("total_sum_ms", "cache_hit", "cache_miss", "liked", "disliked", "calls"),
)


class DayCounts(msgspec.Struct, frozen=True):
    """One day, or several together. counts: as `stats` names them."""

    day: str
    counts: dict[str, int]

    @property
    def answered(self) -> int:
        """With an answer from the documents."""
        return self.counts.get("outcome_answered", 0)

    @property
    def nothing_found(self) -> int:
        """The documents hold nothing."""
        return self.counts.get("outcome_nothing_found", 0)

    @property
    def failed(self) -> int:
        """Without an answer."""
        return self.counts.get("outcome_failed", 0)

    @property
    def refused(self) -> int:
        """A rule said no."""
        return self.counts.get("outcome_refused", 0)

    @property
    def asked(self) -> int:
        """Questions to the documents; commands and refusals are none."""
        return self.answered + self.nothing_found + self.failed + self.counts.get("outcome_stopped", 0)

    @property
    def hits(self) -> int:
        """Answered from the cache."""
        return self.counts.get("cache_hit", 0)

    @property
    def lookups(self) -> int:
        """Looked up in the cache."""
        return self.hits + self.counts.get("cache_miss", 0)

    @property
    def cost(self) -> float:
        """Of Function Compute, in CNY, as if each answer had its instance alone."""
        return cny_of(self.counts.get("total_sum_ms", 0))

    def took(self, share: float) -> float | None:
        """The time that this share of the answers took at most, in milliseconds."""
        return percentile(buckets_of(self.counts, "total"), share)


class Overview(msgspec.Struct, frozen=True):
    """What the first page shows.

    days: each of the thirty, the oldest first, those without questions too.
    calls_left, calls: of the month's DingTalk calls, and the budget; None: they are not counted.
    incidents: kinds that are open.
    """

    days: tuple[DayCounts, ...]
    calls_left: int | None
    calls: int | None
    incidents: tuple[str, ...]

    @property
    def today(self) -> DayCounts:
        """The last one."""
        return self.days[-1]

    @property
    def together(self) -> DayCounts:
        """All of them."""
        return DayCounts("", added([day.counts for day in self.days]))


async def read_overview(
    questions: Questions, incidents: Incidents, rows: Rows, name: str, bot: Bot, now_ms: int
) -> Overview:
    """The thirty days that end now.

    Raises:
        StateError: Tablestore could not be asked.
    """
    first, last = day_of(now_ms - (DAYS - 1) * DAY_MS), day_of(now_ms)
    by_day: dict[str, list[Mapping[str, int]]] = {day: [] for day in days_between(first, last)}
    async for hour, counts in questions.hours(name, first, last, counts=_COUNTS):
        by_day.setdefault(hour[:10], []).append(counts)
    budget, left = bot.dingtalk.budget.monthly_calls, None
    if budget is not None:
        counter = CallCounter(rows, bot.dingtalk.client_id, me="console", clock=lambda: now_ms)
        left = max(budget - (await counter.read(month_of(now_ms))).spent, 0)
    found = await incidents.of_bot(name)
    return Overview(
        days=tuple(DayCounts(day, added(hours)) for day, hours in sorted(by_day.items())),
        calls_left=left,
        calls=budget,
        incidents=tuple(sorted(kind for kind, one in found.items() if one.is_open)),
    )
