"""The DingTalk calls of one app, as far as one process is concerned."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.quota.counted_month import CountedMonth
from rag_on_dingtalk.delivery.quota.monthly import Demand, UncountedMonth
from rag_on_dingtalk.delivery.quota.rate_limiter import RateLimiter
from rag_on_dingtalk.delivery.quota.reservation import CallReservation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.delivery.fence import Fence
    from rag_on_dingtalk.delivery.pacing import Level, Mode
    from rag_on_dingtalk.delivery.quota.monthly import MonthlyQuota
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.sections.dingtalk import Budget
    from rag_on_dingtalk.storage.shared.counters import CallCounter


class DingTalkQuota:
    """What one app may call; shared by all bots with the same Client ID.

    counter: the month, shared by all processes; None with `monthly_calls: null`.
    clock: milliseconds since the epoch.
    sleep: seconds.
    """

    def __init__(
        self,
        settings: Budget,
        counter: CallCounter | None,
        *,
        clock: Callable[[], int],
        log: LogLine,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self.month: MonthlyQuota = UncountedMonth(settings)
        if counter is not None and settings.monthly_calls is not None:
            self.month = CountedMonth(
                counter,
                limit=settings.monthly_calls,
                per_second=settings.calls_per_second,
                clock=clock,
                log=log,
                demand=self._demand,
                sleep=sleep,
            )
        self._clock = clock
        self._sleep = sleep
        self._limiters: dict[str, RateLimiter] = {}
        self._open: set[CallReservation] = set()

    @property
    def level(self) -> Level:
        """How much of the month is spent, as far as this process knows."""
        return self.month.level

    def reservation(
        self, fence: Fence | None = None, *, mode: Mode = "final", set_aside_in: str = ""
    ) -> CallReservation:
        """The calls of one answer; to be closed with it.

        fence: of the answer's turn; None for calls that belong to no turn.
        mode: the pace of the answer's frames, as the bot is set.
        set_aside_in: what `CallReservation.leave_one` returned in an earlier invocation.
        """
        return CallReservation(self, fence, mode, set_aside_in)

    def limiter(self, api: str) -> RateLimiter:
        """DingTalk limits each API by itself."""
        if api not in self._limiters:
            self._limiters[api] = RateLimiter(self.month, clock=self._clock, sleep=self._sleep)
        return self._limiters[api]

    def _demand(self) -> Demand:
        limiters = self._limiters.values()
        busiest = max(limiters, key=lambda one: one.used + one.waiting, default=None)
        if busiest is None:
            return Demand()
        # A share holds for each API: another one may have used more of it.
        used = max(one.used for one in limiters)
        sent = sum(one.sent for one in limiters)
        waiting = busiest.used + busiest.waiting - used
        return Demand(used=used, waiting=max(waiting, 0), sent=sent)

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return self._clock()

    def begin(self, reservation: CallReservation) -> None:
        """From now on it may hold calls of the month."""
        self._open.add(reservation)

    async def end(self, reservation: CallReservation) -> None:
        """It holds none any more; after the last one the rest of the reserved calls is given back."""
        if reservation in self._open:
            self._open.remove(reservation)
            if not self._open:
                await self.month.give_back()
