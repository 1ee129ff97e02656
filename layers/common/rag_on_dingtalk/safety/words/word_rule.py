"""One sensitive word and what is done about it. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["warn", "mask", "block"]

#: The mildest first.
LEVELS: tuple[Level, ...] = ("warn", "mask", "block")


class WordRule(msgspec.Struct, frozen=True, array_like=True):
    """A word as it stands in a file.

    level: `block` stops the question or the answer, `mask` hides the word, `warn` only tells the operator.
    name: the file and the line, for logs: `words/common.txt:12`.
    """

    word: str
    level: Level
    name: str


def strictest(levels: list[Level]) -> Level | None:
    """The one that counts of several; None for none."""
    return max(levels, key=LEVELS.index, default=None)
