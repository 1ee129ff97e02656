"""Days and hours as people in China count them. Pure."""

from __future__ import annotations

from datetime import datetime

from rag_on_dingtalk.clock import BEIJING

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def day_of(at_ms: int) -> str:
    """The day in China of a moment in milliseconds since the epoch.

    >>> day_of(1_764_432_000_000)
    '2025-11-30'
    """
    return _at(at_ms).strftime("%Y-%m-%d")


def hour_of(at_ms: int) -> str:
    """The hour in China; hours sort as texts.

    >>> hour_of(1_764_432_000_000)
    '2025-11-30T00'
    """
    return _at(at_ms).strftime("%Y-%m-%dT%H")


def start_of(day: str) -> int:
    """When a day begins, milliseconds since the epoch.

    >>> start_of("2025-11-30")
    1764432000000

    Raises:
        ValueError: it is no day like 2026-11-29.
    """
    return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=BEIJING).timestamp() * 1000)


def days_between(first: str, last: str) -> list[str]:
    """Every day from the first to the last, both included.

    >>> days_between("2026-02-27", "2026-03-01")
    ['2026-02-27', '2026-02-28', '2026-03-01']
    """
    return [day_of(at) for at in range(start_of(first), start_of(last) + 1, DAY_MS)]


def _at(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, BEIJING)
