"""Code spans, and how they are kept from being read as markup. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Span = tuple[int, int]

_RUN = re.compile(r"`+")
_PLACE = re.compile("\x01(\\d+)\x02")


def code_spans(line: str) -> tuple[list[Span], list[Span]]:
    """Where code stands in a line, its backticks included, and the runs of backticks that have no partner.

    A run of backticks is closed by the next run of the same length, as in CommonMark; but never on another
    line: a line must stay what it is when it is cut off from the next one.
    """
    if "`" not in line:
        return [], []
    runs = [match.span() for match in _RUN.finditer(line)]
    partner: list[int | None] = [None] * len(runs)
    seen: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        partner[index] = seen.get(length)
        seen[length] = index
    spans: list[Span] = []
    alone: list[Span] = []
    index = 0
    while index < len(runs):
        other = partner[index]
        if other is None:
            alone.append(runs[index])
            index += 1
        else:
            spans.append((runs[index][0], runs[other][1]))
            index = other + 1
    return spans, alone


def without_code(line: str) -> str:
    """The line, as long as it was, with control characters for its code."""
    spans, _ = code_spans(line)
    done = 0
    pieces: list[str] = []
    for start, end in spans:
        pieces += (line[done:start], "\x01" * (end - start))
        done = end
    return "".join((*pieces, line[done:]))


def as_code(text: str) -> str:
    """A code span that holds `text`, whatever backticks are in it."""
    longest = max((len(run) for run in _RUN.findall(text)), default=0)
    fence = "`" * (longest + 1 if longest else 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


class Shelter:
    """Holds what must not be read as markup while the rest of a line is worked on."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def keep(self, markup: str) -> str:
        """The placeholder that stands for `markup` until `restore`."""
        self._kept.append(markup)
        return f"\x01{len(self._kept) - 1}\x02"

    def keep_code(self, line: str, written: Callable[[str], str]) -> str:
        """The line with placeholders for its code, each piece as `written` makes it.

        A backtick without a partner becomes a full-width one: it would find a partner on the line that a line
        break is about to join.
        """
        spans, _ = code_spans(line)
        done = 0
        pieces: list[str] = []
        for start, end in spans:
            pieces += (line[done:start].replace("`", "｀"), self.keep(written(line[start:end])))
            done = end
        return "".join((*pieces, line[done:].replace("`", "｀")))

    def restore(self, text: str) -> str:
        """The text with everything kept back in its place; two pieces of code keep a blank between them."""
        if not self._kept:
            return text
        return _PLACE.sub(lambda match: self._kept[int(match[1])], text.replace("\x02\x01", "\x02 \x01"))
