"""What one process may still spend of an app's month: reserved in Tablestore first, sent afterwards.

Calls are reserved for several frames at a time and given back when nothing is being answered, so a question
costs two or three requests. The same requests tell what this process holds of the calls of a second. While
calls wait for more of them it looks again, a few times a second, and leaves to others what it does not need.

While Tablestore is away, calls go out on credit as long as what was last known leaves room, and are counted
when it is back; only then may a month or a second come out above its limit.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.pacing import Level, ahead_of_need, ceiling, level_of, trickle
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.shared.counters import CONTENDED, MonthlyUsage, Order, month_of
from rag_on_dingtalk.storage.shared.rate_shares import Claim

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.delivery.quota.monthly import Demand
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.shared.counters import CallCounter

#: How long a share of the second lasts. It is renewed with every request, so a busy process renews it often.
_SHARE_MS = 10_000
#: Between two looks at the shares, in seconds: while calls wait for a larger one, or this one is to shrink;
#: and while it is larger than a process needs that answers one question.
_SOON_SECONDS, _LATER_SECONDS = (0.15, 0.3), (0.7, 1.0)
#: After the month has turned nothing is sent: what others hold of the second stands in the row before.
_TURN_MS = 3_000
#: A Tablestore that is away is asked no more often than this.
_AWAY_MS = 5_000


class CountedMonth:
    """The MonthlyQuota of an app whose calls are counted in Tablestore.

    limit: calls a month. per_second: calls a second, of all processes together.
    demand: what this process could do with them.
    clock: milliseconds since the epoch. sleep: seconds.
    """

    def __init__(
        self,
        counter: CallCounter,
        *,
        limit: int,
        per_second: int,
        demand: Callable[[], Demand],
        clock: Callable[[], int],
        log: LogLine,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._counter = counter
        self._limit = limit
        self._per_second = per_second
        self._least, self._ahead = trickle(per_second), ahead_of_need(per_second)
        self._demand = demand
        self._clock = clock
        self._log = log
        self._sleep = sleep
        self._changing = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._asked_again_ms = 0
        self._begin(month_of(clock()))

    def _begin(self, month: str) -> None:
        self._name = month
        self._in_hand = 0
        self._owed = 0
        self._usage: MonthlyUsage | None = None
        self._calls = 0
        self._holds = 0
        self._share_until = 0
        self._sent_before = 0

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
        return (self._usage.spent if self.name and self._usage else 0) + self._owed

    @property
    def level(self) -> Level:
        """What that comes to, leaving out what lies here unspent."""
        return level_of(self.spent - self._in_hand, self._limit)

    @property
    def share(self) -> int:
        """How many calls this process may send to each API within a second."""
        now_ms = self._clock()
        if month_of(now_ms - _TURN_MS) != self.name:
            return 0
        if now_ms < self._share_until:
            return self._calls
        # While Tablestore is away, what was last held is the best that is known.
        return max(self._calls, self._least) if now_ms < self._asked_again_ms else 0

    @property
    def prospect(self) -> int:
        """How many it would be if more calls waited, by what was last seen of the others."""
        if self._usage is None:
            return self._per_second
        claim = Claim(limit=self._per_second, need=self._per_second, floor=0, until_ms=0)
        return max(self._counter.fair(self._usage, claim), self._calls)

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:
        """Take calls out of what is reserved here, after reserving more if need be."""
        # Another call that waited for the same reservation may have taken the calls.
        while not self._has(calls):
            # An answer that ends meanwhile must not leave it open whether calls were reserved.
            if not await asyncio.shield(self._reserve(calls, ahead, essential=essential)):
                return False
        self._in_hand -= calls
        return True

    def put_back(self, calls: int) -> None:
        """They were taken and not sent."""
        self._in_hand += calls

    def hurry(self) -> None:
        """Calls wait for a place: see to it that this process gets its share."""
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep())

    async def look(self) -> None:
        """Claim what is needed of the second, and see what the others need."""
        async with self._changing:
            if self._clock() < self._asked_again_ms:
                return
            name, claim = self.name, self._claim()
            try:
                usage, _ = await self._counter.settle(name, Order(claim=claim))
            except StateError as error:
                self._away(error)
            else:
                self._see(name, usage, claim)

    async def give_back(self) -> None:
        """Give back what is left, and settle what went out on credit."""
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        async with self._changing:
            name, unused = self.name, self._in_hand
            if (
                not (unused or self._owed or self._holds > self._ahead)
                or self._clock() < self._asked_again_ms
            ):
                return
            # While it is open whether they are still reserved, no call of this process may use them.
            self._in_hand = 0
            claim = Claim(limit=self._per_second, need=0, floor=self._used(), until_ms=0)
            self._calls = self._share_until = 0
            try:
                usage, _ = await self._settle(name, Order(settled=self._owed - unused, claim=claim))
            except StateError as error:
                self._away(error)
                if not error.ambiguous and self.name == name:
                    self._in_hand += unused
            else:
                self._see(name, usage, claim)
                self._owed = 0

    async def _keep(self) -> None:
        """Look again and again, until no call waits and this process holds what it always may."""
        while True:
            await self.look()
            waiting = bool(self._demand().waiting)
            if not waiting and self._holds <= self._ahead:
                return
            shrinks = self._calls < self._holds
            await self._sleep(random.uniform(*(_SOON_SECONDS if waiting or shrinks else _LATER_SECONDS)))  # noqa: S311 - jitter

    def _has(self, calls: int) -> bool:
        return bool(self.name) and self._in_hand >= calls

    async def _reserve(self, calls: int, ahead: int, *, essential: bool) -> bool:
        """Whether `calls` calls are reserved here now."""
        async with self._changing:
            if not self._has(calls):
                now_ms = self._clock()
                least = calls - self._in_hand
                order = Order(
                    settled=self._owed,
                    wanted=least + ahead,
                    least=least,
                    ceiling=ceiling(self._limit, essential=essential),
                    claim=self._claim(),
                )
                if now_ms < self._asked_again_ms:
                    self._on_credit(order)
                else:
                    await self._ask_for(order)
            return self._has(calls)

    async def _ask_for(self, order: Order) -> None:
        name = self._name
        try:
            usage, granted = await self._settle(name, order)
        except StateError as error:
            self._away(error)
            if self.name == name and error.code != CONTENDED:
                self._on_credit(order)
            return
        self._see(name, usage, order.claim)
        if self._name == name:
            self._owed = 0
            self._in_hand += granted

    async def _settle(self, name: str, order: Order) -> tuple[MonthlyUsage, int]:
        return await self._counter.settle(name, order, self._usage)

    def _on_credit(self, order: Order) -> None:
        if self.spent + order.least <= order.ceiling:
            self._owed += order.least
            self._in_hand += order.least

    def _used(self) -> int:
        return self._demand().used

    def _claim(self) -> Claim:
        """What this process wants now. While it is on its way, `share` stays what it is."""
        now_ms, demand = self._clock(), self._demand()
        return Claim(
            limit=self._per_second,
            need=max(min(demand.used + demand.waiting, self._per_second), 1),
            ahead=self._ahead,
            floor=max(self._calls if now_ms < self._share_until else 0, demand.used),
            served=demand.sent > self._sent_before,
            lot=random.random(),  # noqa: S311 - whose turn it is
            until_ms=now_ms + _SHARE_MS,
        )

    def _see(self, name: str, usage: MonthlyUsage, claim: Claim | None) -> None:
        # The month may have turned while Tablestore was asked.
        if self.name != name or claim is None:
            return
        self._usage = usage
        held = self._counter.held(usage)
        self._holds, self._share_until = held.calls, held.until_ms
        # What another needs more is not used any more, and given up with the next look.
        self._calls = min(held.calls, self._counter.fair(usage, claim))
        if not held.calls:
            self._sent_before = self._demand().sent

    def _away(self, error: StateError) -> None:
        self._log("calls_not_counted", level="WARNING", code=error.code, error=str(error))
        if error.code != CONTENDED:
            self._asked_again_ms = self._clock() + _AWAY_MS
