"""Code fences, and the quote marks and indentation a line begins with. Pure."""

from __future__ import annotations

import re

from msgspec import Struct

_QUOTES = re.compile(r"(?:\s*>)+[ \t]?")
_QUOTE = re.compile(r"\s*>[ \t]?")
_OPENING = re.compile(r"((?:[-*+]|\d{1,3}[.)])[ \t]+)?(`{3,}|~{3,})([^\n]*)")
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")
_TAB_WIDTH = 4
#: Quotes within quotes beyond this are shown as this.
DEEPEST_QUOTE = 3


class Line(Struct, frozen=True):
    """A line taken apart.

    depth: how many quotes it is in.
    indent: columns between the quote marks and the text.
    body: the text, without white space around it.
    """

    depth: int
    indent: int
    body: str


class Fence(Struct, frozen=True):
    """The line that opens a block of code.

    marker: the list marker before it, such as `1.`, or empty.
    run: its backticks or tildes.
    prefix: what stands before the run, quote marks and white space for the marker included.
    """

    depth: int
    indent: int
    marker: str
    run: str
    language: str
    prefix: str

    def closed_by(self, line: str) -> bool:
        """Whether `line` ends the block and belongs to it."""
        body = (take_apart(line).body if self.depth else line.strip()).strip()
        return len(body) >= len(self.run) and not body.strip(self.run[0])

    def left_by(self, line: str) -> bool:
        """Whether `line` stands outside the quote that the block is in."""
        return bool(self.depth) and not line.lstrip().startswith(">")

    def content(self, line: str) -> str:
        """A line of the code, without the quote marks and the indentation of the fence."""
        for _ in range(self.depth):
            quote = _QUOTE.match(line)
            line = line[quote.end() :] if quote else line
        if self.indent:
            code = line.lstrip(" \t")
            line = line[: len(line) - len(code)].expandtabs(_TAB_WIDTH)[self.indent :] + code
        return line.rstrip()


def take_apart(line: str) -> Line:
    """Separate quote marks, indentation and text."""
    if line[:1] != ">" and not line[:1].isspace():
        return Line(0, 0, line.rstrip())
    quotes = _QUOTES.match(line)
    rest = line[quotes.end() :] if quotes else line
    body = rest.lstrip()
    indent = len(rest[: len(rest) - len(body)].expandtabs(_TAB_WIDTH))
    return Line(
        depth=min(quotes[0].count(">"), DEEPEST_QUOTE) if quotes else 0, indent=indent, body=body.rstrip()
    )


def opening_fence(line: str) -> Fence | None:
    """The fence that a line outside of code opens, perhaps as the first thing in a list item."""
    if "```" not in line and "~~~" not in line:
        return None
    apart = take_apart(line)
    match = _OPENING.match(apart.body)
    if match is None:
        return None
    marker, run, info = match[1] or "", match[2], match[3]
    if run[0] == "`" and "`" in info:
        return None
    language = _LANGUAGE.match(info.strip())
    before = line[: line.index(run)]
    return Fence(
        depth=apart.depth,
        indent=apart.indent + len(marker),
        marker=marker.strip(),
        run=run,
        language=language[0] if language else "",
        prefix=before[: len(before) - len(marker)] + " " * len(marker),
    )
