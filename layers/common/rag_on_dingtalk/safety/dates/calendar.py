"""Days, weeks, months and quarters around a day. Pure."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

#: The first and the last day; the same for a single one.
Span = tuple[date, date]

_MONTHS_OF_A_YEAR, _MONTHS_OF_A_QUARTER, _DAYS_OF_A_WEEK = 12, 3, 7


def day(one: date, *, days: int = 0) -> Span:
    """A day, or one that is some days off."""
    moved = one + timedelta(days=days)
    return moved, moved


def week(today: date, *, weeks: int = 0) -> Span:
    """Monday to Sunday."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=_DAYS_OF_A_WEEK - 1)


def month(year: int, number: int) -> Span:
    """A month; a number beyond 1 to 12 is one of another year."""
    year, number = year + (number - 1) // _MONTHS_OF_A_YEAR, (number - 1) % _MONTHS_OF_A_YEAR + 1
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def months(year: int, first: int, last: int) -> Span:
    """From the first day of one month to the last day of another."""
    return month(year, first)[0], month(year, last)[1]


def quarter(year: int, number: int) -> Span:
    """Three months; a number beyond 1 to 4 is one of another year."""
    last = number * _MONTHS_OF_A_QUARTER
    return months(year, last - _MONTHS_OF_A_QUARTER + 1, last)


def quarter_of(today: date) -> int:
    """Which quarter a day is in."""
    return (today.month - 1) // _MONTHS_OF_A_QUARTER + 1


def same_day(today: date, *, months_off: int) -> date:
    """The same day of another month, or that month's last one."""
    first, last = month(today.year, today.month + months_off)
    return min(first.replace(day=min(today.day, last.day)), last)
