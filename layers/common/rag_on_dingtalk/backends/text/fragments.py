"""Marks in a text that arrives in pieces: a piece may end within one. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

#: No mark is longer, characters.
_LONGEST = 400


class Mark(NamedTuple):
    """Something to find.

    whole: matches it.
    begun: matches what may still become one, at the end of a text only.
    """

    whole: re.Pattern[str]
    begun: re.Pattern[str]


def mark(*forms: str, flags: int = 0) -> Mark:
    r"""A mark in any of several forms: regular expressions of plain characters, `\s*`, `\d+` and `[^x]*`."""
    tokens = [re.findall(r"(?:\[[^\]]*\]|\\.|[^\\])[*+?]?", form) for form in forms]
    begun = rf"(?:{'|'.join(map(_begun, tokens))})\Z"
    return Mark(re.compile("|".join(forms), flags), re.compile(begun, flags))


def _begun(tokens: list[str]) -> str:
    pattern = ""
    for token in reversed(tokens[:-1]):
        pattern = f"{token}(?:{pattern})?" if pattern else token
    return pattern


def settled(text: str, sought: Mark, longest: int = _LONGEST) -> int:
    """How much of `text` no later piece can turn into a part of a mark, characters.

    longest: no mark is longer, characters.
    """
    begun = sought.begun.search(text, max(0, len(text) - longest))
    return begun.start() if begun else len(text)


class Rewriter:
    """Replaces every mark of a text that arrives in pieces; what may become one is held back."""

    def __init__(self, sought: Mark, replacement: str = "") -> None:
        self._sought = sought
        self._replacement = replacement
        self._held = ""

    def feed(self, piece: str) -> str:
        """What is certain now."""
        text, done = self._held + piece, []
        while found := self._sought.whole.search(text):
            done += [text[: found.start()], self._replacement]
            text = text[found.end() :]
        at = settled(text, self._sought)
        self._held = text[at:]
        return "".join([*done, text[:at]])

    def end(self) -> str:
        """What was held back and became nothing."""
        held, self._held = self._held, ""
        return held
