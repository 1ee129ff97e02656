"""Every way to change one value somewhere inside another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The keys that lead to the changed value; positions in lists are left out.
Place = tuple[str, ...]


def changes(value: Any, where: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Copies of `value`, each with one leaf changed; also inside text that holds JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ((place, {**value, key: changed}) for place, changed in changes(inner, (*where, key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            for place, changed in changes(inner, where):
                yield place, [*value[:index], changed, *value[index + 1 :]]
    elif isinstance(value, bool):
        yield where, not value
    elif isinstance(value, int | float):
        yield where, value + 1
    elif isinstance(value, str) and value.startswith("{"):
        yield from ((place, json.dumps(changed)) for place, changed in changes(json.loads(value), where))
    elif isinstance(value, str):
        yield where, f"x{value}x"
