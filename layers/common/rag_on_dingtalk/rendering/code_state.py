"""Whether a growing markdown text stands inside of code at its end. Pure."""

from __future__ import annotations

import re

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})(.*)", re.DOTALL)
#: Of a line, what is needed to see whether it is a fence.
_KEPT = 200


class CodeState:
    """Reads a text piece by piece, at a cost that is linear in its length.

    Knows fenced blocks and code spans; a span ends with its line.
    """

    def __init__(self) -> None:
        self._fence = ""
        self._line = ""
        self._ticks = 0

    @property
    def inside(self) -> bool:
        """What follows is code."""
        opened = not self._fence and self._opens(self._line)
        return bool(self._fence or opened) or self._ticks % 2 == 1

    def feed(self, text: str) -> None:
        """The next piece."""
        first, *others = text.split("\n")
        self._extend(first)
        for line in others:
            self._end_line()
            self._extend(line)

    def _extend(self, words: str) -> None:
        if len(self._line) < _KEPT:
            self._line += words[: _KEPT - len(self._line)]
        self._ticks += words.count("`")

    def _end_line(self) -> None:
        found = _FENCE.match(self._line)
        if found is not None:
            run, info = found[1], found[2].strip()
            if not self._fence:
                self._fence = self._opens(self._line)
            elif run[0] == self._fence[0] and len(run) >= len(self._fence) and not info:
                self._fence = ""
        self._line, self._ticks = "", 0

    def _opens(self, line: str) -> str:
        """The fence that this line opens; three backticks and more of them in one line are a code span."""
        found = _FENCE.match(line)
        if found is None or (found[1][0] == "`" and "`" in found[2]):
            return ""
        return found[1]
