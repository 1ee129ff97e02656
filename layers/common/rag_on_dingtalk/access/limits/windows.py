"""Minutes and days in China: which one a question belongs to, and when the next one begins. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rag_on_dingtalk.clock import BEIJING

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.sections.limits import Period

_FORMATS: dict[Period, str] = {"minute": "%Y-%m-%dT%H:%M", "day": "%Y-%m-%d"}


def window_of(period: Period, at_ms: int) -> str:
    """The name of the window: `2026-11-30T23:59` or `2026-11-30`.

    at_ms: when the question was asked, milliseconds since the epoch. Not when it is counted: a retry after
    midnight must find what the first attempt has counted.

    >>> window_of("day", 1_796_054_399_999), window_of("day", 1_796_054_400_000)
    ('2026-11-30', '2026-12-01')
    """
    return _moment(at_ms).strftime(_FORMATS[period])


def frees_at(period: Period, at_ms: int) -> datetime:
    """When the next window begins, in China's time.

    >>> frees_at("minute", 1_796_054_399_999).isoformat()
    '2026-12-01T00:00:00+08:00'
    """
    moment = _moment(at_ms).replace(second=0, microsecond=0)
    if period == "minute":
        return moment + timedelta(minutes=1)
    return moment.replace(hour=0, minute=0) + timedelta(days=1)


def days_between(at_ms: int, moment: datetime) -> int:
    """How many midnights in China lie between the two."""
    return (moment.date() - _moment(at_ms).date()).days


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, BEIJING)
