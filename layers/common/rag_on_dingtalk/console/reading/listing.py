"""A page of the list of questions: by key, the newest first, a few requests whatever is filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.question import is_turn_id
from rag_on_dingtalk.observability.days import DAY_MS, day_of, start_of
from rag_on_dingtalk.observability.events import QuestionEvent

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.journal.questions import Questions

PAGE = 50
#: Rows of one request, and requests of one page; what is filtered away is read all the same.
_ROWS, _REQUESTS = 200, 4
#: What the list shows and is filtered by.
_COLUMNS = ("asker", "question", "outcome", "total_ms", "feedback", "route")
#: Days that a page goes back when they are empty.
_OLDEST_DAYS = 400


class Filter(msgspec.Struct, frozen=True):
    """Which questions; empty: all."""

    outcome: str = ""
    route: str = ""
    asker: str = ""
    feedback: str = ""

    def takes(self, event: QuestionEvent) -> bool:
        """Whether it is one of them."""
        return all(
            not wanted or getattr(event, name) == wanted
            for name, wanted in msgspec.structs.asdict(self).items()
        )


class Listing(msgspec.Struct, frozen=True):
    """One page.

    following: where the next one begins; empty: there is no older one.
    until_ms: the oldest moment that was looked at.
    """

    events: tuple[QuestionEvent, ...]
    following: str
    until_ms: int


async def read_listing(questions: Questions, bot: str, wanted: Filter, *, at: str, now_ms: int) -> Listing:
    """The page that begins at `at`: a day such as 2026-11-30, or what `following` said.

    Raises:
        StateError: Tablestore could not be asked.
    """
    day, before = place_of(at, now_ms)
    found: list[QuestionEvent] = []
    until_ms = now_ms
    for _ in range(_REQUESTS):
        events, following = await questions.page(bot, day, before=before, limit=_ROWS, columns=_COLUMNS)
        for event in events:
            until_ms = event.asked_ms
            if not wanted.takes(event):
                continue
            if len(found) == PAGE:
                return Listing(tuple(found), _written(day, (event.asked_ms, event.turn_id)), until_ms)
            found.append(event)
        if following:
            before = following
            continue
        before, until_ms = (), start_of(day)
        if until_ms < now_ms - _OLDEST_DAYS * DAY_MS:
            return Listing(tuple(found), "", until_ms)
        day = day_of(until_ms - 1)
    return Listing(tuple(found), _written(day, before), until_ms)


def place_of(at: str, now_ms: int) -> tuple[str, tuple[str | int, ...]]:
    """Day and rest of the key; now, where it is no place.

    >>> place_of("2025-11-30", 0)
    ('2025-11-30', ())
    """
    day, _, rest = at.partition("~")
    try:
        start_of(day)
    except ValueError:
        return day_of(now_ms), ()
    asked, _, turn_id = rest.partition("~")
    if not (asked.isascii() and asked.isdecimal() and is_turn_id(turn_id)):
        return day, ()
    return day, (int(asked[:15]), turn_id)


def _written(day: str, before: tuple[str | int, ...]) -> str:
    return "~".join((day, *(str(one) for one in before)))
