"""Time, given in from outside wherever something waits or compares."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta, timezone

import msgspec

#: China has one time zone and no summer time, so no database of zones is needed.
BEIJING = timezone(timedelta(hours=8))


def now_ms() -> int:
    """Milliseconds since the epoch, by this machine's clock."""
    return time.time_ns() // 1_000_000


def beijing_day(at_ms: int) -> date:
    """The day in Beijing. at_ms: since the epoch."""
    return datetime.fromtimestamp(at_ms / 1000, BEIJING).date()


class Clock(msgspec.Struct, frozen=True):
    """What tells the time and what waits.

    now_ms: milliseconds since the epoch; sleep: seconds.
    """

    now_ms: Callable[[], int] = now_ms
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


REAL_CLOCK = Clock()
