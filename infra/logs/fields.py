"""The fields of our log lines, as Log Service indexes them: from the events' own structs. Pure."""

from __future__ import annotations

from typing import Any, get_type_hints

from rag_on_dingtalk.models.access import Decided
from rag_on_dingtalk.observability.events import NOT_LOGGED, Act, QuestionEvent

#: On every line, whatever it is about.
_EVERYWHERE: dict[str, type] = {
    "level": str,
    "message": str,
    "timestamp": str,
    "service": str,
    "turn_id": str,
    "bot": str,
}
#: Of lines that tell of trouble.
_OF_TROUBLE: dict[str, type] = {"code": str, "error": str, "kind": str, "count": int, "detail": str}
#: Of `access_decided`, beside what a question's line has.
_OF_DECISIONS = ("allowed", "reason", "until_ms")
_TYPES = {str: "text", int: "long", bool: "text", float: "double"}
#: What parts JSON, paths and sentences.
TOKENS = [*", '\";=()[]{}?@&<>/:\n\t\r"]


def of_functions() -> dict[str, type]:
    """Every field of a line that is searched for or counted, by name."""
    decided = get_type_hints(Decided)
    return _merged(
        _EVERYWHERE,
        {name: kind for name, kind in get_type_hints(QuestionEvent).items() if name not in NOT_LOGGED},
        get_type_hints(Act),
        {name: decided[name] for name in _OF_DECISIONS},
        {"policy": str},
        _OF_TROUBLE,
    )


def of_acts() -> dict[str, type]:
    """The fields of a line about an act."""
    return _merged(_EVERYWHERE, get_type_hints(Act))


def json_index(fields: dict[str, type]) -> dict[str, Any]:
    """The index of a field that holds one JSON object, as Log Service's API takes it."""
    return {
        "type": "json",
        "caseSensitive": False,
        "chn": True,
        "doc_value": True,
        "token": TOKENS,
        "json_keys": {
            name: {"type": _TYPES[fields[name]], "alias": "", "doc_value": True} for name in sorted(fields)
        },
    }


def _merged(*parts: dict[str, type]) -> dict[str, type]:
    """Every part's fields.

    Raises:
        ValueError: a name has two types, of which an index knows one.
    """
    merged: dict[str, type] = {}
    for part in parts:
        for name, kind in part.items():
            if merged.setdefault(name, kind) is not kind:
                raise ValueError(f"{name} is {merged[name].__name__} and {kind.__name__}. Rename one.")
    return merged
