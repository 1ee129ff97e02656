"""Places in a JSON document, as settings name them. Pure.

`data.items[0].text` goes into members and lists, `[-1]` is the last, `*` is every one, and `|json` reads a
text that is itself JSON: `content|json.data`. `NAME:` in front holds for events of that name only:
`token:data`; a place that ends there is the whole event.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

_EVENT = re.compile(r"([\w.-]+):")
_STEP = re.compile(r"\.?(?:(?P<every>\*)|\[(?P<number>-?\d+)\]|(?P<json>\|json)|(?P<name>[^.\[\]|*:\s]+))")
#: A place with `*` may name many values; at most this many of them are read.
_MOST = 1_000


class Place(msgspec.Struct, frozen=True):
    """One place.

    event: the name of the events that it is looked for in; empty: in all.
    steps: a member's name, a number in a list, `*`, or `|json`.
    """

    written: str
    event: str
    steps: tuple[str | int, ...]

    def find(self, document: object, event: str = "") -> list[Any]:
        """The values at this place, none of them null; event: the name of the event that the document is."""
        if self.event and self.event != event:
            return []
        found = [document]
        for step in self.steps:
            found = [value for one in found for value in _follow(one, step)][:_MOST]
        return [value for value in found if value is not None]


def place(written: str) -> Place:
    """Read a place.

    Raises:
        ValueError: it is none; says what one looks like.
    """
    named = _EVENT.match(written)
    rest = written[named.end() :] if named else written
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None or (at == 0 and rest.startswith(".")):
            raise ValueError(f"{written!r} is no place in a document. Write it like data.items[0].text")
        at = step.end()
        number = step["number"]
        steps.append(int(number) if number else step.group().removeprefix("."))
    if not written:
        raise ValueError("an empty text is no place in a document. Write it like data.items[0].text")
    return Place(written, named[1] if named else "", tuple(steps))


def first(places: Iterable[Place], document: object, event: str = "") -> Any:
    """The first value at any of the places; None without any."""
    return next((value for one in places for value in one.find(document, event)), None)


def _follow(value: Any, step: str | int) -> list[Any]:
    if isinstance(step, int):
        inside = isinstance(value, list) and -len(value) <= step < len(value)
        return [value[step]] if inside else []
    if step == "*":
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if step == "|json":
        return _decoded(value)
    return [value[step]] if isinstance(value, dict) and step in value else []


def _decoded(value: object) -> list[Any]:
    if not isinstance(value, str):
        return [value]
    try:
        return [json.loads(value, strict=False)]
    except (ValueError, RecursionError):
        return []
