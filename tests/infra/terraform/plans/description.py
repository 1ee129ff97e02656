"""The alicloud provider as data: what it accepts, and what it would say about a mistake.

The description lists every resource's arguments and blocks with their types, ranges, closed enumerations and
conflicts; facts.py reads it from provider_facts.json.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: "Known after apply", as Terraform writes it in msgpack.
UNKNOWN = msgspec.msgpack.Ext(0, b"\x00")

Part = str | int
#: Where in a resource, and what is wrong there.
Problem = tuple[tuple[Part, ...], str]

_PRIMITIVES = {"string": "string", "int": "number", "float": "number", "bool": "bool"}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


#: The provider's own functions, which the description only names.
_NAMED: dict[str, Callable[[str], bool]] = {
    "validateOTSInstanceName": lambda text: bool(
        re.fullmatch(r"[a-zA-Z][a-zA-Z0-9-]{1,14}[a-zA-Z0-9]", text)
    ),
    "validateOTSTableName": lambda text: bool(re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]{0,254}", text)),
    "validation.StringIsJSON": _is_json,
}


def attribute_type(argument: dict[str, Any]) -> Any:
    """An argument's type in Terraform's JSON notation, such as `["list", "string"]`."""
    kind = argument["type"]
    if kind in _PRIMITIVES:
        return _PRIMITIVES[kind]
    if "element" in argument:
        return [kind, _object_type(argument["element"])]
    return [kind, _PRIMITIVES[argument.get("element_type", "string")]]


def _object_type(block: dict[str, Any]) -> Any:
    fields = {name: attribute_type(argument) for name, argument in block["arguments"].items()}
    for name, nested in block.get("blocks", {}).items():
        fields[name] = [nested["nesting"], _object_type(nested)]
    return ["object", fields]


def problems(block: dict[str, Any], value: dict[str, Any], where: tuple[Part, ...] = ()) -> Iterator[Problem]:
    """What the provider would refuse in a resource or a block of one; a value still unknown is any value."""
    for name, argument in block["arguments"].items():
        given = value.get(name)
        if given is None:
            continue
        here = (*where, name)
        yield from ((here, problem) for problem in _company_problems(argument, value))
        if given != UNKNOWN:
            yield from ((here, problem) for problem in _value_problems(argument, given))
    for names in _one_of(block):
        if not any(value.get(name) is not None for name in names):
            yield where, f"one of {names} is required"
    for name, nested in block.get("blocks", {}).items():
        items = value.get(name)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            yield from problems(nested, item, (*where, name, index))


def _value_problems(argument: dict[str, Any], given: Any) -> Iterator[str]:
    if "values" in argument and not argument.get("values_ignore_case") and given not in argument["values"]:
        yield f"{given!r} is none of {argument['values']}"
    if isinstance(given, int | float) and not isinstance(given, bool):
        low, high = argument.get("min", given), argument.get("max", given)
        if not low <= given <= high:
            yield f"{given} is not from {low} to {high}"
    if isinstance(given, str):
        if "pattern" in argument and not re.search(argument["pattern"], given):
            yield f"{given!r} does not match {argument['pattern']}"
        named = _NAMED.get(argument.get("validate", ""))
        if named and not named(given):
            yield f"{given!r} does not pass {argument['validate']}"
        if not argument.get("min_length", 0) <= len(given) <= argument.get("max_length", len(given)):
            yield f"{given!r} is too short or too long"


def _company_problems(argument: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
    for other in argument.get("conflicts_with", ()):
        # A block that is not there is an empty list.
        if value.get(other) not in (None, []):
            yield f"conflicts with {other}"
    for other in argument.get("required_with", ()):
        if value.get(other) is None:
            yield f"needs {other} beside it"
    if "deprecated" in argument:
        yield str(argument["deprecated"])


def _one_of(block: dict[str, Any]) -> list[list[str]]:
    return [
        argument["exactly_one_of"] for argument in block["arguments"].values() if "exactly_one_of" in argument
    ]
