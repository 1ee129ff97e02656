"""What a settings struct's docstring says: a summary, and lines of `setting: sentence`. Pure."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENTRY = re.compile(r"([a-z_]+(?:, [a-z_]+)*): (.+)")


class Docstring(msgspec.Struct, frozen=True):
    """The first paragraph, and the sentence of each setting that has one."""

    summary: str
    sentences: dict[str, str]


def parse(docstring: str, settings: Iterable[str]) -> Docstring:
    """`a, b: sentence` holds for both; only names in `settings` begin an entry, an indented line goes on."""
    known = set(settings)
    summary, _, rest = inspect.cleandoc(docstring).partition("\n\n")
    sentences: dict[str, str] = {}
    names: list[str] = []
    for line in rest.splitlines():
        entry = _ENTRY.fullmatch(line)
        if entry and known.issuperset(entry[1].split(", ")):
            names = entry[1].split(", ")
            sentences.update(dict.fromkeys(names, entry[2]))
        elif line.startswith(" "):
            sentences.update({name: f"{sentences[name]} {line.strip()}" for name in names})
        else:
            names = []
    return Docstring(" ".join(summary.split()), sentences)
