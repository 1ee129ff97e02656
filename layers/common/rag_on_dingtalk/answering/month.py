"""What one process may still spend of an app's month: reserved in Tablestore first, sent afterwards.

Calls are reserved for several frames at a time and given back when nothing is being answered, so a question
costs two or three requests. While Tablestore is away, calls go out on credit as long as what was last known
leaves room, and are counted when it is back; only then may the month come out above its budget.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from rag_on_dingtalk.answering.pacing import Level, Share, ceiling, level_of, share_of, unasked_share
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.state.counters import CONTENDED, Order, Tally, month_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.config import Budget
    from rag_on_dingtalk.state.counters import CallCounter
    from rag_on_dingtalk.telemetry.lines import LogLine

#: For so long a process is believed to be sending. One that goes on says so again.
_ANNOUNCED_MS = 30_000
#: For so long what was seen of the others is good enough.
_FRESH_MS = 2_000
#: A Tablestore that is away is asked no more often than this.
_AWAY_MS = 5_000


class Allotment(Protocol):
    """What a process may spend."""

    @property
    def name(self) -> str:
        """The month; calls taken in another one are no longer good."""
        ...

    @property
    def level(self) -> Level:
        """How much of the month is spent, as far as is known."""
        ...

    @property
    def share(self) -> Share:
        """How often each API may be called by this process."""
        ...

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:
        """Take so many calls in order to send them; False: the month does not have them.

        ahead: how many more will soon be wanted.
        essential: also of those that are kept back.
        """
        ...

    def put_back(self, calls: int) -> None:
        """They were taken and not sent."""
        ...

    async def look(self) -> bool:
        """See who else is calling; False when that was known already."""
        ...

    async def give_back(self) -> None:
        """Nothing is being answered any more: what is left is for the others."""
        ...


class Uncounted:
    """The allotment of an app without a monthly budget: Tablestore is never asked, nobody knows of others."""

    name = ""
    level = Level.AMPLE

    def __init__(self, settings: Budget) -> None:
        self.share = Share(settings.calls_per_second)

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:  # noqa: ARG002 - as in Month
        """Always."""
        return True

    def put_back(self, calls: int) -> None:
        """Nothing is counted."""

    async def look(self) -> bool:
        """There is nobody to see."""
        return False

    async def give_back(self) -> None:
        """Nothing was reserved."""


class Month:
    """The allotment of an app whose calls are counted.

    limit: calls a month.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self, counter: CallCounter, *, limit: int, per_second: int, clock: Callable[[], int], log: LogLine
    ) -> None:
        self._counter = counter
        self._limit = limit
        self._per_second = per_second
        self._clock = clock
        self._log = log
        self._changing = asyncio.Lock()
        self._asked_again_ms = 0
        self._begin(month_of(clock()))

    def _begin(self, month: str) -> None:
        self._name = month
        self._in_hand = 0
        self._owed = 0
        self._tally: Tally | None = None
        self._announced_until = 0
        self._seen_until = 0

    @property
    def name(self) -> str:
        """The running month, `2026-11`; what was reserved in the one before is gone."""
        month = month_of(self._clock())
        if month != self._name:
            self._begin(month)
        return self._name

    @property
    def spent(self) -> int:
        """Of the running month, by all processes, as last seen."""
        return (self._tally.spent if self.name and self._tally else 0) + self._owed

    @property
    def level(self) -> Level:
        """What that comes to, leaving out what lies here unspent."""
        return level_of(self.spent - self._in_hand, self._limit)

    @property
    def share(self) -> Share:
        """How often each API may be called, by what was last seen of the others."""
        now_ms = self._clock()
        known = self.name and now_ms < min(self._seen_until, self._announced_until)
        if not known and now_ms >= self._asked_again_ms:
            return unasked_share(self._per_second)
        # While Tablestore is away, this is the best that is known.
        spenders = self._tally.spenders.values() if self._tally else ()
        return share_of(self._per_second, max(sum(until > now_ms for until in spenders), 1))

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:
        """Take calls out of what is reserved here, after reserving more if need be."""
        # Whoever waited for the same reservation may have been faster.
        while not self._has(calls):
            # An answer that ends meanwhile must not leave it open whether calls were reserved.
            if not await asyncio.shield(self._reserve(calls, ahead, essential=essential)):
                return False
        self._in_hand -= calls
        return True

    def put_back(self, calls: int) -> None:
        """They were taken and not sent."""
        self._in_hand += calls

    async def look(self) -> bool:
        """See who else is calling; False when that was seen just now."""
        async with self._changing:
            now_ms = self._clock()
            if now_ms < max(self._seen_until, self._asked_again_ms):
                return False
            name = self.name
            try:
                if self._announced_until - now_ms > _ANNOUNCED_MS // 2:
                    tally = await self._counter.read(name)
                else:
                    tally, _ = await self._settle(name, Order(until_ms=now_ms + _ANNOUNCED_MS))
            except StateError as error:
                self._away(error)
                return error.code != CONTENDED
            self._see(name, tally)
            return True

    async def give_back(self) -> None:
        """Give back what is left, and settle what went out on credit."""
        async with self._changing:
            name, unused = self.name, self._in_hand
            if not (unused or self._owed) or self._clock() < self._asked_again_ms:
                return
            # Nobody may spend them while it is open whether they are still ours.
            self._in_hand = 0
            try:
                tally, _ = await self._settle(name, Order(settled=self._owed - unused))
            except StateError as error:
                self._away(error)
                if not error.ambiguous and self.name == name:
                    self._in_hand += unused
            else:
                self._see(name, tally)
                self._owed = 0

    def _has(self, calls: int) -> bool:
        return bool(self.name) and self._in_hand >= calls

    async def _reserve(self, calls: int, ahead: int, *, essential: bool) -> bool:
        """Whether there are so many calls in hand now."""
        async with self._changing:
            if not self._has(calls):
                now_ms = self._clock()
                least = calls - self._in_hand
                order = Order(
                    settled=self._owed,
                    wanted=least + ahead,
                    least=least,
                    ceiling=ceiling(self._limit, essential=essential),
                    until_ms=now_ms + _ANNOUNCED_MS,
                )
                if now_ms < self._asked_again_ms:
                    self._on_credit(order)
                else:
                    await self._ask_for(order)
            return self._has(calls)

    async def _ask_for(self, order: Order) -> None:
        name = self._name
        try:
            tally, granted = await self._settle(name, order)
        except StateError as error:
            self._away(error)
            if self.name == name and error.code != CONTENDED:
                self._on_credit(order)
            return
        self._see(name, tally)
        if self._name == name:
            self._owed = 0
            self._in_hand += granted

    async def _settle(self, name: str, order: Order) -> tuple[Tally, int]:
        return await self._counter.settle(name, order, self._tally)

    def _on_credit(self, order: Order) -> None:
        if self.spent + order.least <= order.ceiling:
            self._owed += order.least
            self._in_hand += order.least

    def _see(self, name: str, tally: Tally) -> None:
        # The month may have turned while Tablestore was asked.
        if self.name == name:
            self._tally = tally
            self._seen_until = self._clock() + _FRESH_MS
            self._announced_until = self._counter.announced_until(tally)

    def _away(self, error: StateError) -> None:
        self._log("calls_not_counted", level="WARNING", code=error.code, error=str(error))
        if error.code != CONTENDED:
            self._asked_again_ms = self._clock() + _AWAY_MS
