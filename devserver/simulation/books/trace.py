"""What happened in a schedule, event by event, to be judged and to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Event(NamedTuple):
    """One event.

    at: seconds since the schedule began, true time.
    where: the instance, or the service.
    kind: a word or two with a dot, `card.created`.
    turn_id: of the question it belongs to; empty when it belongs to none.
    """

    at: float
    where: str
    kind: str
    turn_id: str
    detail: str


def readable(events: Iterable[Event], names: dict[str, str]) -> Iterator[str]:
    """The events as lines.

    names: what a turn is called in them, by turn id.
    """
    for event in events:
        turn = names.get(event.turn_id, event.turn_id)
        yield f"{event.at:10.3f}  {event.where:<14} {turn:<4} {event.kind:<20} {event.detail}"
