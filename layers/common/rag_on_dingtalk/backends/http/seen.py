"""What was found at each place of an answer: for `check`, without a word of the answer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rag_on_dingtalk.settings.kinds.paths import Place

_MOST_NAMES = 12
_LONGEST_NAME = 40


class Seen:
    """Counts over one answer."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], list[int]] = {}
        self._events: dict[str, int] = {}
        self._members: dict[str, None] = {}

    def event(self, name: str, document: object) -> None:
        """Note an event by its name and its members."""
        self._events[name] = self._events.get(name, 0) + 1
        for member in document if isinstance(document, dict) else ():
            if len(self._members) < _MOST_NAMES:
                self._members.setdefault(str(member)[:_LONGEST_NAME])

    def found(self, role: str, one: Place, value: object) -> None:
        """Note that there was something at a place."""
        count = self._places.setdefault((role, one.written), [0, 0])
        count[0] += 1
        count[1] += len(value) if isinstance(value, str | list | dict) else 1

    def any(self, roles: Iterable[str]) -> bool:
        """Whether there was something at a place of any of the roles."""
        sought = set(roles)
        return any(role in sought for role, _ in self._places)

    def outline(self) -> str:
        """The names of the events, and of their members."""
        names = [name for name in self._events if name]
        events = f"its events are {', '.join(names[:_MOST_NAMES])}" if names else "its events have no name"
        members = f"they hold {', '.join(self._members)}" if self._members else "they hold nothing"
        return f"{events}; {members}"

    def findings(self, places: dict[str, tuple[Place, ...]]) -> Iterator[Finding]:
        """A line for each place that is set, and one for the events that came."""
        if self._events:
            came = ", ".join(f"{name or 'without a name'} ({count})" for name, count in self._events.items())
            yield Finding("places", well=True, detail=f"Events: {came}.")
        for role, set_ in places.items():
            parts = [
                self._count(role, one) for one in set_ if role not in {"title", "url", "excerpt", "unwrap"}
            ]
            if parts:
                yield Finding("places", well=True, detail=f"{role}: {'; '.join(parts)}.")

    def _count(self, role: str, one: Place) -> str:
        times, size = self._places.get((role, one.written), (0, 0))
        return f"{one.written} {times} times, size {size}" if times else f"{one.written} nothing"
