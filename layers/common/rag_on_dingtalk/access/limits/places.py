"""Places for answers that are given at the same time: each department's share, and what may be lent.

A bulkhead: a department that asks ten times what is its share waits by itself, the others find their own
places free. Idle places are lent: a department may take more than its share while less than 80 % of the whole
bot's places are in use. The rest is kept for those who are within theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.limits.meters import place_meters
from rag_on_dingtalk.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rag_on_dingtalk.access.limits.meters import Chains, Meter
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.sections.limits import Limit
    from rag_on_dingtalk.storage.shared.limit_counters import LimitCounters

#: While fewer of the bot's places are in use, a department may take more than its share.
_LENT_BELOW = 0.8


class Places:
    """Where one answer takes its places.

    away: Tablestore is not asked.
    """

    def __init__(
        self,
        counters: LimitCounters,
        limits: Sequence[Limit],
        question: Question,
        chains: Chains,
        *,
        clock: Callable[[], int],
        log: LogLine,
        away: bool,
    ) -> None:
        self._counters = counters
        self._meters = place_meters(question.bot, limits, question, chains)
        self._turn_id = question.turn_id
        self._clock = clock
        self._log = log
        self._away = away
        self._held: list[tuple[Meter, int]] = []

    async def enter(self, *, until_ms: int) -> Meter | None:
        """Take a place everywhere; the one that has none free, or None: all are taken.

        until_ms: when the places are free again although nothing vacates them: after the invocation's end.
        """
        try:
            refusing = await self._enter(until_ms)
        except StateError as error:
            self._log("places_not_counted", level="ERROR", error=str(error))
            strict = next((one for one in self._meters if one.limit.store_away == "refuse"), None)
            refusing = strict
        if refusing is not None:
            await self.leave()
        return refusing

    async def leave(self) -> None:
        """Vacate what is taken. Never raises: a place ends by itself, too."""
        while self._held:
            meter, until_ms = self._held.pop()
            try:
                await self._counters.vacate(meter.key, self._turn_id, until_ms=until_ms)
            except StateError as error:
                self._log("place_not_vacated", level="WARNING", error=str(error))

    async def _enter(self, until_ms: int) -> Meter | None:
        if self._away and self._meters:
            return next((one for one in self._meters if one.limit.store_away == "refuse"), None)
        whole = next((one for one in self._meters if one.limit.scope == "bot"), None)
        over: list[Meter] = []
        for meter in self._meters:
            if meter is whole or await self._occupy(meter, meter.limit.concurrent or 0, until_ms):
                continue
            if whole is None or meter.limit.scope != "department":
                return meter
            over.append(meter)
        if whole is not None:
            places = whole.limit.concurrent or 0
            most = int(places * _LENT_BELOW) if over else places
            if not await self._occupy(whole, most, until_ms):
                return over[0] if over else whole
            for meter in over:
                if not await self._occupy(meter, places, until_ms):
                    return meter
        return None

    async def _occupy(self, meter: Meter, most: int, until_ms: int) -> bool:
        # Before it is known: the answer to a place that was given may be lost.
        self._held.append((meter, until_ms))
        taken = await self._counters.occupy(
            meter.key, self._turn_id, most=most, now_ms=self._clock(), until_ms=until_ms
        )
        if not taken:
            self._held.pop()
        return taken
