"""`counters`: an app's DingTalk calls of one month, reserved by every process before it sends them.

The same row tells how the processes divide the calls of a second, see `rate_shares`. One row a month, changed
by compare and swap on its version. The answer to a change may be lost; then its calls count against the
budget and no process spends them: what was sent is never more than `spent`.
"""

from __future__ import annotations

import asyncio
import random
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.shared.rate_shares import Claim, Held, Shares, claimed, fair, living
from rag_on_dingtalk.storage.tables import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.storage.rows.client import Columns, Rows

_HOUR_MS = 3_600_000
#: The StateError of a row that too many processes changed at once. Nothing was changed.
CONTENDED = "contended"
#: Of many that change the row at once, one succeeds; the others try again, this often at most, spread over
#: longer and longer pauses. Measured on the emulator: fifty at once are through in 2.6 s.
_ATTEMPTS = 30
_SHORT_SECONDS, _LONG_SECONDS = 0.01, 0.25


def month_of(now_ms: int) -> str:
    """The billing month, for example `2026-11`: it turns at midnight in China."""
    return _month_of_hour(now_ms // _HOUR_MS)


@lru_cache(maxsize=8)
def _month_of_hour(hour: int) -> str:
    # Asked several times for every call; China's months turn with an hour.
    return datetime.fromtimestamp(hour * _HOUR_MS / 1000, BEIJING).strftime("%Y-%m")


class MonthlyUsage(msgspec.Struct, frozen=True):
    """What is known of a month.

    version: counts the changes, 0 while there is no row.
    spent: calls sent, and calls reserved by processes that may still send them.
    shares: what the processes that may be sending now hold of each second.
    """

    version: int = 0
    spent: int = 0
    shares: Shares = {}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a process wants.

    settled: calls that were sent without being reserved; negative: reserved and not sent.
    wanted: calls to reserve now; least: fewer than this are worth nothing.
    ceiling: how far `spent` may rise for them.
    claim: what this process wants of each second; None: what it holds stays as it is.
    """

    settled: int = 0
    wanted: int = 0
    least: int = 0
    ceiling: int = 0
    claim: Claim | None = None


#: A share that ends no sooner than this part of its life is not renewed for its own sake.
_RENEW_PART = 2


def carry_out(usage: MonthlyUsage, order: Order, *, by: str, now_ms: int) -> tuple[MonthlyUsage, int]:
    """The usage afterwards and how many calls were reserved; the same usage when nothing is to be changed."""
    spent = max(usage.spent + order.settled, 0)
    granted = max(min(order.wanted, order.ceiling - spent), 0)
    granted = granted if granted >= order.least else 0
    if order.wanted and not granted and not order.settled:
        return usage, 0
    shares = living(usage.shares, now_ms)
    if order.claim is not None:
        shares = claimed(shares, order.claim, by=by, now_ms=now_ms)
    if spent + granted == usage.spent and _hold_the_same(usage.shares, shares, by, now_ms):
        return usage, 0
    return MonthlyUsage(usage.version + 1, spent + granted, shares), granted


def _hold_the_same(before: Shares, after: Shares, by: str, now_ms: int) -> bool:
    """Whether nothing but the end of the own share would change, and that is far away."""
    old, new = before.get(by), after.get(by)
    if (old is None) != (new is None) or set(after) != set(living(before, now_ms)):
        return False
    if old is None or new is None:
        return True
    unchanged = (old.calls, old.short) == (new.calls, new.short)
    return unchanged and (old.until_ms - now_ms) * _RENEW_PART >= new.until_ms - now_ms


class CallCounter:
    """One app's row of each month, as one process reads and changes it.

    client_id: the app; all bots with the same one share the row.
    me: unique per process.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        rows: Rows,
        client_id: str,
        *,
        me: str,
        clock: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rows = rows
        self._scope = f"calls:{client_id}"
        self._me = me
        self._clock = clock
        self._sleep = sleep
        self._orders = count(1)

    async def read(self, month: str) -> MonthlyUsage:
        """The month as it is.

        Raises:
            StateError: Tablestore could not be asked.
        """
        return (await self._read(month))[0]

    def held(self, usage: MonthlyUsage) -> Held:
        """What this process holds of each second."""
        return usage.shares.get(self._me, Held(0))

    def fair(self, usage: MonthlyUsage, claim: Claim) -> int:
        """What this process should hold, by what the others want."""
        return fair(living(usage.shares, self._clock()), claim, by=self._me)

    async def settle(
        self, month: str, order: Order, known: MonthlyUsage | None = None
    ) -> tuple[MonthlyUsage, int]:
        """Carry the order out; returns the usage afterwards and how many calls were reserved.

        known: what was last seen of the month, which saves a read while no other process changes it.

        Raises:
            StateError: it was not carried out; `ambiguous`: or it was, and the answer was lost. CONTENDED:
                too many processes changed the row at once.
        """
        by = f"{self._me}/{next(self._orders)}"
        tried: dict[int, tuple[MonthlyUsage, int]] = {}
        usage = known or await self.read(month)
        seen_just_now = known is None
        for attempt in range(_ATTEMPTS):
            wanted, granted = carry_out(usage, order, by=self._me, now_ms=self._clock())
            if granted < order.wanted and not seen_just_now:
                # Another process may have given calls back since.
                usage, seen_just_now = await self.read(month), True
                continue
            if wanted is usage:
                return usage, 0
            tried[wanted.version] = wanted, granted
            failure = await self._swap(month, usage, wanted, by)
            if failure is None:
                return wanted, granted
            usage, last_by = await self._read_after(month, failure)
            seen_just_now = True
            if last_by == by:
                return tried[usage.version]
            if failure.ambiguous and order.settled < 0:
                # Given back a second time, calls that were sent would count as free.
                raise failure
            longest = min(_SHORT_SECONDS * 2**attempt, _LONG_SECONDS)
            await self._sleep(random.uniform(0, longest))  # noqa: S311 - jitter
        raise StateError(CONTENDED, "too many processes count calls at once; the next answer tries again")

    async def _swap(
        self, month: str, before: MonthlyUsage, after: MonthlyUsage, by: str
    ) -> StateError | None:
        """Replace the row; None: done. The error of a row that has moved on is not ambiguous."""
        unchanged = missing_or_equal("ver", before.version)
        try:
            if await self._rows.put(COUNTERS, (self._scope, month), _row(after, by), unchanged):
                return None
        except StateError as error:
            if not error.ambiguous:
                raise
            return error
        return StateError("moved", "another process changed the row first")

    async def _read_after(self, month: str, failure: StateError) -> tuple[MonthlyUsage, str]:
        try:
            return await self._read(month)
        except StateError as error:
            raise (failure if failure.ambiguous else error) from error

    async def _read(self, month: str) -> tuple[MonthlyUsage, str]:
        row = await self._rows.get(COUNTERS, (self._scope, month))
        if row is None:
            return MonthlyUsage(), ""
        # Rows of version 0.1 lack it.
        shares = msgspec.json.decode(str(row.get("shares", "{}")), type=Shares)
        return MonthlyUsage(int(row["ver"]), int(row["spent"]), shares), str(row["by"])


def _row(usage: MonthlyUsage, by: str) -> Columns:
    return {
        "ver": usage.version,
        "spent": usage.spent,
        "shares": msgspec.json.encode(usage.shares).decode(),
        # Version 0.1, which may still run beside this one, reads it.
        "spenders": msgspec.json.encode(
            {name: held.until_ms for name, held in usage.shares.items()}
        ).decode(),
        "by": by,
    }
