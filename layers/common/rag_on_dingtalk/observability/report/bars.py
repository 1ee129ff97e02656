"""A report's questions as bars: one an hour of a day, or one a day of several. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.observability.days import days_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.observability.events import QuestionEvent

_HOURS = 24
#: Of the hours, those that are written below their bars.
_EVERY = 6


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar.

    label: digits, below the bar, the hour or the day of the month; empty: nothing stands there.
    answered: questions with an answer from the documents; others: without one.
    """

    label: str = ""
    answered: int = 0
    others: int = 0


def bars_of(asked: Sequence[QuestionEvent], *, first: str, last: str) -> tuple[Bar, ...]:
    """The bars of these days, in the time of China.

    asked: questions only, no commands.
    """
    if first == last:
        places = {f"{first}T{hour:02}": "" if hour % _EVERY else str(hour) for hour in range(_HOURS)}
        place_of = [event.hour for event in asked]
    else:
        places = {day: str(int(day[8:])) for day in days_between(first, last)}
        place_of = [event.day for event in asked]
    counts: Counter[tuple[str, bool]] = Counter(
        (place, event.outcome == "answered") for place, event in zip(place_of, asked, strict=True)
    )
    return tuple(
        Bar(label=label, answered=counts[place, True], others=counts[place, False])
        for place, label in places.items()
    )
