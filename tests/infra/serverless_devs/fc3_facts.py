"""fc3_facts.yaml as a JSON Schema: what component fc3 takes, closed against names it does not know.

The component's own schema is open: it lets a misspelt name pass. The stand-in for the component that the real
`s` is given answers with this one, and the tests check every function against it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

FACTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))

_PLAIN: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "number": {"type": "number"},
    "anything": {"type": "object"},
}


def schema() -> dict[str, Any]:
    """For one function's `props`."""
    facts = FACTS
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **_section(facts["settings"], facts["needs"]),
        "if": {"properties": {"runtime": {"type": "string", "pattern": "^custom"}}},
        "else": {"required": facts["needs_unless_custom"]},
    }


def complaints(props: dict[str, Any]) -> list[str]:
    """Where `props` are not what the component takes."""
    return [
        f"{'.'.join(map(str, error.absolute_path)) or 'props'}: {error.message}"
        for error in Draft7Validator(schema()).iter_errors(props)
    ]


def _section(settings: dict[str, Any], needs: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _one(fact) for name, fact in settings.items()},
        "required": needs,
        "additionalProperties": False,
    }


def _one(fact: Any) -> dict[str, Any]:
    found: dict[str, Any]
    match fact:
        case str():
            found = _PLAIN[fact]
        case {"one of": values}:
            found = {"enum": values}
        case {"each": inner}:
            found = {"type": "array", "items": _one(inner)}
        case {"by name": inner}:
            found = {"type": "object", "additionalProperties": _one(inner)}
        case {"section": settings}:
            found = _section(settings, fact.get("needs", []))
        case {"whole": (low, high)}:
            found = {"type": "integer", "minimum": low, "maximum": high}
        case {"number": (low, high)}:
            found = {"type": "number", "minimum": low, **({} if high is None else {"maximum": high})}
        case _:
            raise ValueError(f"fc3_facts.yaml says {fact!r}, which is no fact. See the notation at its top.")
    return {**found, "multipleOf": fact["step"]} if "step" in fact else found
