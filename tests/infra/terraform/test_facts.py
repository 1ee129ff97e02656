"""The facts about the provider are read as written, and are the original's where that is at hand."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.infra.terraform.plans.facts import argument, load
from tests.infra.terraform.plans.workspace import INFRA

FACTS = load()
#: A description of the provider's source, argument by argument; no part of a fresh clone.
ORIGINAL = os.environ.get("ALICLOUD_SCHEMA", "")
#: What decides whether a value is taken.
_DECIDING = ("type", "element_type", "required", "min", "max", "values", "pattern", "validate", "force_new")


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("string", {"type": "string"}),
        ("set of string | computed", {"type": "set", "element_type": "string", "computed": True}),
        ("int | required | 1..200", {"type": "int", "required": True, "min": 1, "max": 200}),
        ("float | 0.05..16", {"type": "float", "min": 0.05, "max": 16}),
        ("int | 512..", {"type": "int", "min": 512}),
        ("int | in: 2 / 4", {"type": "int", "values": [2, 4]}),
        ("string | in: HTTP / HTTP,HTTPS", {"type": "string", "values": ["HTTP", "HTTP,HTTPS"]}),
        ("string | length 3..63", {"type": "string", "min_length": 3, "max_length": 63}),
        ("string | match: ^[a-z]+$", {"type": "string", "pattern": "^[a-z]+$"}),
        ("string | read only", {"type": "string", "read_only": True, "computed": True}),
        (
            "string | new | not with: a / b",
            {"type": "string", "force_new": True, "conflicts_with": ["a", "b"]},
        ),
    ],
)
def test_a_line_is_read(line: str, read: dict[str, Any]) -> None:
    assert argument(line) == read


@pytest.mark.parametrize("line", ["string | sometimes", "string | requird", "int | ten"])
def test_a_word_that_is_none_of_the_notation_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="does not know"):
        argument(line)


def test_there_are_facts_for_every_resource_that_is_used() -> None:
    used = {
        name
        for file in INFRA.rglob("*.tf")
        for name in re.findall(r'^resource "(\w+)"', file.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert used <= set(FACTS["resources"])
    assert set(FACTS["resources"]) <= used


def _deciding(block: dict[str, Any], where: str = "") -> dict[str, Any]:
    found = {
        f"{where}{name}": {
            key: one[key]
            for key in _DECIDING
            # A map is one of strings unless it says otherwise.
            if one.get(key) not in (None, False) and (key, one[key]) != ("element_type", "string")
        }
        for name, one in block["arguments"].items()
    }
    for name, inner in block.get("blocks", {}).items():
        found |= _deciding(inner, f"{where}{name}.")
    return found


if ORIGINAL:

    @pytest.mark.parametrize("resource", sorted(FACTS["resources"]))
    def test_the_facts_are_those_of_the_original(resource: str) -> None:
        original = json.loads(Path(ORIGINAL).read_text(encoding="utf-8"))["resources"]
        if resource not in original:
            # Described from the provider's documents; provider_facts.json names them.
            return

        assert _deciding(FACTS["resources"][resource]) == _deciding(original[resource])
