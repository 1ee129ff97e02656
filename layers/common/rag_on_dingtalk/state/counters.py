"""`counters`: an app's DingTalk calls of one month, reserved by every process before it sends them.

One row a month, changed by compare and swap on its version. A change may be made without anybody hearing of
it; then it counts against the budget and nobody spends it: what was sent is never more than `spent`.
"""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.state.conditions import missing_or_equal
from rag_on_dingtalk.state.tables import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.state.client import Columns, Rows

#: DingTalk's months turn at midnight in China.
_BEIJING = timezone(timedelta(hours=8))

#: The StateError of a row that too many changed at once. Nothing was changed.
CONTENDED = "contended"
#: Of many that change the row at once, one succeeds; the others try again, so often at most, spread over
#: longer and longer pauses. Measured on the emulator: fifty at once are through in 2.6 s.
_ATTEMPTS = 30
_SHORT_SECONDS, _LONG_SECONDS = 0.01, 0.25


def month_of(now_ms: int) -> str:
    """The billing month, for example `2026-11`."""
    return datetime.fromtimestamp(now_ms / 1000, _BEIJING).strftime("%Y-%m")


def day_of(now_ms: int) -> str:
    """The day in China, for example `2026-11-21`."""
    return datetime.fromtimestamp(now_ms / 1000, _BEIJING).strftime("%Y-%m-%d")


class Tally(msgspec.Struct, frozen=True):
    """What is known of a month.

    version: counts the changes, 0 while there is no row.
    spent: calls sent, and calls reserved by somebody who may still send them.
    spenders: the processes that may be sending now, and until when, in milliseconds since the epoch.
    """

    version: int = 0
    spent: int = 0
    spenders: dict[str, int] = {}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a process wants.

    settled: calls that were sent without being reserved; negative: reserved and not sent.
    wanted: calls to reserve now; least: fewer than this are worth nothing.
    ceiling: so far `spent` may rise for them.
    until_ms: until when this process may be sending; 0: it is not.
    """

    settled: int = 0
    wanted: int = 0
    least: int = 0
    ceiling: int = 0
    until_ms: int = 0


def carry_out(tally: Tally, order: Order, *, by: str, now_ms: int) -> tuple[Tally, int]:
    """The tally afterwards and how many calls were reserved; the same tally when nothing is to be changed."""
    spent = max(tally.spent + order.settled, 0)
    granted = max(min(order.wanted, order.ceiling - spent), 0)
    granted = granted if granted >= order.least else 0
    if order.wanted and not granted and not order.settled:
        return tally, 0
    spenders = {name: until for name, until in tally.spenders.items() if until > now_ms and name != by}
    if order.until_ms:
        spenders[by] = order.until_ms
    if spent + granted == tally.spent and spenders == tally.spenders:
        return tally, 0
    return Tally(tally.version + 1, spent + granted, spenders), granted


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

    async def read(self, month: str) -> Tally:
        """The month as it is.

        Raises:
            StateError: Tablestore could not be asked.
        """
        return (await self._read(month))[0]

    def announced_until(self, tally: Tally) -> int:
        """Until when the others believe that this process may be sending; 0: they do not."""
        return tally.spenders.get(self._me, 0)

    async def settle(self, month: str, order: Order, known: Tally | None = None) -> tuple[Tally, int]:
        """Carry the order out; returns the tally afterwards and how many calls were reserved.

        known: what was last seen of the month, which saves a read while nobody else changes it.

        Raises:
            StateError: it was not carried out; `ambiguous`: or it was, and nobody heard of it. CONTENDED:
                too many changed the row at once.
        """
        by = f"{self._me}/{next(self._orders)}"
        tried: dict[int, tuple[Tally, int]] = {}
        tally = known or await self.read(month)
        seen_just_now = known is None
        for attempt in range(_ATTEMPTS):
            wanted, granted = carry_out(tally, order, by=self._me, now_ms=self._clock())
            if granted < order.wanted and not seen_just_now:
                # Somebody may have given calls back since.
                tally, seen_just_now = await self.read(month), True
                continue
            if wanted is tally:
                return tally, 0
            tried[wanted.version] = wanted, granted
            failure = await self._swap(month, tally, wanted, by)
            if failure is None:
                return wanted, granted
            tally, last_by = await self._read_after(month, failure)
            seen_just_now = True
            if last_by == by:
                return tried[tally.version]
            if failure.ambiguous and order.settled < 0:
                # Given back a second time, calls that were sent would count as free.
                raise failure
            longest = min(_SHORT_SECONDS * 2**attempt, _LONG_SECONDS)
            await self._sleep(random.uniform(0, longest))  # noqa: S311 - jitter
        raise StateError(CONTENDED, "too many processes count calls at once; the next answer tries again")

    async def _swap(self, month: str, before: Tally, after: Tally, by: str) -> StateError | None:
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

    async def _read_after(self, month: str, failure: StateError) -> tuple[Tally, str]:
        try:
            return await self._read(month)
        except StateError as error:
            raise (failure if failure.ambiguous else error) from error

    async def _read(self, month: str) -> tuple[Tally, str]:
        row = await self._rows.get(COUNTERS, (self._scope, month))
        if row is None:
            return Tally(), ""
        spenders = msgspec.json.decode(str(row["spenders"]), type=dict[str, int])
        return Tally(int(row["ver"]), int(row["spent"]), spenders), str(row["by"])


def _row(tally: Tally, by: str) -> Columns:
    return {
        "ver": tally.version,
        "spent": tally.spent,
        "spenders": msgspec.json.encode(tally.spenders).decode(),
        "by": by,
    }
