"""provider_facts.json, read: what the alicloud provider takes, one line an argument.

A line is facts with ` | ` between them: first the type (`string`, `set of string`), then any of `required`,
`computed`, `read only`, `new` (a change makes another resource), `secret`, `deprecated`, `low..high`,
`length low..high`, `in: a / b`, `in any case: a / b`, `match: regex`, `check: name` (a function of the
provider), `not with: a / b`, `with: a / b`, `one of: a / b`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FACTS = Path(__file__).parent / "provider_facts.json"

_WORDS = {
    "required": "required",
    "computed": "computed",
    "new": "force_new",
    "secret": "sensitive",
}
_LISTS = {
    "in": "values",
    "not with": "conflicts_with",
    "with": "required_with",
    "one of": "exactly_one_of",
}


def load(path: Path = FACTS) -> dict[str, Any]:
    """The description as description.py and the stub provider use it."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    return {
        "provider_config": block(facts["provider"]),
        "resources": {name: block(found) for name, found in facts["resources"].items()},
        "data_sources": {name: block(found) for name, found in facts["data_sources"].items()},
    }


def block(facts: dict[str, Any]) -> dict[str, Any]:
    """A resource, or a block of one."""
    arguments = {name: argument(line) for name, line in facts["arguments"].items()}
    for name, fields in facts.get("elements", {}).items():
        arguments[name]["element"] = {"arguments": {key: argument(line) for key, line in fields.items()}}
    read: dict[str, Any] = {"arguments": arguments}
    if "blocks" in facts:
        read["blocks"] = {
            name: {**_nesting(one["is"]), **block(one)} for name, one in facts["blocks"].items()
        }
    if "timeouts" in facts:
        read["timeouts"] = facts["timeouts"].split(" / ")
    return read


def argument(line: str) -> dict[str, Any]:
    """One argument.

    Raises:
        ValueError: the line holds a word that is none of the notation's.
    """
    kind, *facts = line.split(" | ")
    kind, _, element = kind.partition(" of ")
    read: dict[str, Any] = {"type": kind, **({"element_type": element} if element else {})}
    for fact in facts:
        read.update(_fact(fact))
    if kind in ("int", "float") and "values" in read:
        read["values"] = [json.loads(value) for value in read["values"]]
    return read


def _fact(fact: str) -> dict[str, Any]:
    word, _, rest = fact.partition(": ")
    if fact in _WORDS:
        return {_WORDS[fact]: True}
    if word in _LISTS:
        return {_LISTS[word]: rest.split(" / ")}
    plain: dict[str, dict[str, Any]] = {
        "read only": {"read_only": True, "computed": True},
        "deprecated": {"deprecated": "It has been deprecated."},
        "in any case": {"values": rest.split(" / "), "values_ignore_case": True},
        "match": {"pattern": rest},
        "check": {"validate": rest},
    }
    if word in plain:
        return plain[word]
    suffix = "_length" if fact.startswith("length ") else ""
    low, dots, high = fact.removeprefix("length ").partition("..")
    if not dots:
        raise ValueError(f"provider_facts.json says {fact!r}, which facts.py does not know.")
    ends = {f"min{suffix}": low, f"max{suffix}": high}
    return {name: json.loads(end) for name, end in ends.items() if end}


def _nesting(line: str) -> dict[str, Any]:
    nesting, *facts = line.split(" | ")
    read: dict[str, Any] = {"nesting": nesting}
    for fact in facts:
        words = fact.split(" ")
        if words[0] == "at":
            read["min_items" if words[1] == "least" else "max_items"] = int(words[2])
        else:
            read[_WORDS[fact]] = True
    return read
