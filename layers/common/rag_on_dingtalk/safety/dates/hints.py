"""What dates in words mean, written behind the words: `上周五` → `上周五（=2026-11-27）`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.safety.dates.rules import RULES
from rag_on_dingtalk.safety.text.normaliser import normalise

if TYPE_CHECKING:
    from datetime import date

    from rag_on_dingtalk.safety.dates.calendar import Span

#: Of a longer text, the rest stays without hints.
_MOST_READ = 4_000
_MOST_HINTS = 12
_BEGINS = "（="


def with_dates(text: str, today: date) -> str:
    """The text with a hint behind each phrase of a date; one that has its hint gets no other.

    >>> from datetime import date
    >>> with_dates("上周五提交的报销什么时候到账？", date(2026, 11, 29))
    '上周五（=2026-11-20）提交的报销什么时候到账？'
    """
    if len(text) > _MOST_READ:
        return with_dates(text[:_MOST_READ], today) + text[_MOST_READ:]
    found = normalise(text, joined=False)
    parts, at, hints = [], 0, 0
    for start, end, span in _phrases(found.text, today):
        _, stop = found.original(start, end)
        hint = _written(span)
        if not hint or hint == found.text[start:end] or text.startswith(_BEGINS, stop):
            continue
        parts += [text[at:stop], _BEGINS, hint, "）"]
        at, hints = stop, hints + 1
        if hints == _MOST_HINTS:
            break
    return "".join((*parts, text[at:]))


def day_in(text: str, today: date) -> date | None:
    """The only day that the text names; None for none, for several, and for spans such as a month.

    >>> day_in("订明天下午的会议室", date(2026, 11, 29))
    datetime.date(2026, 11, 30)
    """
    found = normalise(text[:_MOST_READ], joined=False)
    days = {span for _, _, span in _phrases(found.text, today)}
    only = next(iter(days), None) if len(days) == 1 else None
    return only[0] if only is not None and only[0] == only[1] else None


def _phrases(text: str, today: date) -> list[tuple[int, int, Span | None]]:
    """Those that do not overlap: the one that begins first, of these the longest; None: it is no date."""
    every: list[tuple[int, int, Span | None]] = []
    for pattern, meaning in RULES:
        for found in pattern.finditer(text):
            try:
                span = meaning(found, today)
            except (OverflowError, ValueError):
                # Beyond what a calendar has.
                span = None
            # Also what is no date, such as 二月三十号: a part of it means something else.
            every.append((found.start(), found.end(), span))
    every.sort(key=lambda one: (one[0], -one[1]))
    kept: list[tuple[int, int, Span | None]] = []
    for one in every:
        if not kept or one[0] >= kept[-1][1]:
            kept.append(one)
    return kept


def _written(span: Span | None) -> str:
    if span is None:
        return ""
    first, last = span
    return first.isoformat() if first == last else f"{first.isoformat()}至{last.isoformat()}"
