"""Markdown → blocks, for the ways models write it. Pure.

More lenient than CommonMark where models are sloppy and their meaning is clear: a list or table needs no
empty line before it, `---` under text is a rule and not a heading, text without indentation ends a list,
`##标题` is a heading, and indented text is text, not code.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from rag_on_dingtalk.rendering.markdown.blocks import Block, Code
from rag_on_dingtalk.rendering.markdown.characters import encodable
from rag_on_dingtalk.rendering.markdown.dialects import CARD
from rag_on_dingtalk.rendering.markdown.inline.line import treated
from rag_on_dingtalk.rendering.markdown.reading.fences import DEEPEST_QUOTE, Line, opening_fence, take_apart
from rag_on_dingtalk.rendering.markdown.reading.html_tables import html_table
from rag_on_dingtalk.rendering.markdown.reading.prose import DISPLAY_FORMULA, STEP, BlockList, is_point
from rag_on_dingtalk.rendering.markdown.reading.references import without_definitions
from rag_on_dingtalk.rendering.markdown.reading.tables import (
    Table,
    are_delimiters,
    cells,
    delimiters,
    fitted,
    is_header,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.rendering.markdown.reading.fences import Fence
    from rag_on_dingtalk.rendering.markdown.reading.html_tables import HtmlTable

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_BLOCK_START = re.compile(r"#{1,6}\s|[-*+]\s|\d{1,3}[.)]\s|`{3}|~{3}")
_LONGEST_FORMULA_LINES = 40
_MOST_TRIES = 20
#: What a line break takes on a card.
_BREAK = 4


class Parsed(Struct, frozen=True):
    """The blocks of a text.

    blocks: their lines are in the form that cards show, which is the richer of the two.
    whole: no words come after the blocks.
    """

    blocks: tuple[Block, ...]
    whole: bool


def parse(text: str, *, most: int | None = None) -> Parsed:
    """The blocks of a text.

    most: characters that are wanted; the block that reaches them is the last.
    """
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", encodable(text)))
    return _Parser(text.split("\n"), sys.maxsize if most is None else most).run()


class _Parser:
    def __init__(self, lines: list[str], most: int) -> None:
        self._lines, self._references = without_definitions(lines)
        #: How many characters are wanted still.
        self._wanted = most
        self._at = 0
        #: Each looks for the end of a table that may not be there, as far as the text goes.
        self._tries = _MOST_TRIES
        self._blocks = BlockList()

    def run(self) -> Parsed:
        while self._at < len(self._lines) and self._wanted >= 0:
            line = self._lines[self._at]
            if not line or line.isspace():
                self._at += 1
                self._blocks.blank_line()
                continue
            fence = opening_fence(line)
            apart = take_apart(line)
            if fence is not None:
                self._code(fence)
            elif (html := self._html_table_here(line)) is not None:
                self._html_table(html)
            elif self._is_table(apart):
                self._table(apart)
            elif apart.body in DISPLAY_FORMULA and (end := self._end_of_formula(apart.body)):
                self._formula(end)
            else:
                self._at += 1
                self._prose(apart)
        whole = not any(line.strip() for line in self._lines[self._at :])
        return Parsed(tuple(self._blocks.blocks), whole)

    def _code(self, fence: Fence) -> None:
        if fence.marker.strip("-*+"):
            # A numbered step that is nothing but code keeps its number.
            self._blocks.text(Line(fence.depth, 0, fence.marker))
        self._at += 1
        lines: list[str] = []
        while self._wanted >= 0 and self._at < len(self._lines) and not fence.left_by(self._lines[self._at]):
            line = self._lines[self._at]
            self._at += 1
            if fence.closed_by(line):
                break
            lines.append(fence.content(line))
            self._wanted -= len(line)
        self._add_code(fence.language, lines)

    def _add_code(self, language: str, lines: list[str]) -> None:
        while lines and not lines[-1]:
            lines.pop()
        if any(lines):
            self._blocks.add(Code(language, tuple(lines)))

    def _html_table_here(self, line: str) -> HtmlTable | None:
        if "<" not in line or not self._tries or "<table" not in line.lower():
            return None
        found = html_table(self._lines, self._at)
        self._tries -= found is None
        return found

    def _html_table(self, found: HtmlTable) -> None:
        for words in (found.before, found.caption):
            if words.strip():
                self._prose(take_apart(words))
        header, *rows = (self._cells(row) for row in (found.header, *found.rows))
        if are_delimiters(header):
            rows, header = [header, *rows], ("",) * len(header)
        self._blocks.add(Table(header, ("---",) * len(header), tuple(rows)))
        self._wanted -= sum(len(cell) + _BREAK for row in rows for cell in row)
        self._at = found.last
        # What follows on the table in its last line is read next.
        self._lines[self._at] = found.after

    def _is_table(self, header: Line) -> bool:
        below = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        return (
            "|" in header.body
            and not _BLOCK_START.match(header.body)
            and is_header(header.body, take_apart(below).body)
            # As they are going to be written, without a <br> at their ends.
            and not are_delimiters(self._cells(tuple(cells(header.body))))
        )

    def _table(self, header: Line) -> None:
        titles = cells(header.body)
        below = take_apart(self._lines[self._at + 1]).body
        self._at += 2
        rows: list[tuple[str, ...]] = []
        while self._wanted >= 0 and self._at < len(self._lines):
            row = take_apart(self._lines[self._at])
            if "|" not in row.body or row.depth != header.depth or _BLOCK_START.match(row.body):
                break
            self._at += 1
            rows.append(self._cells(fitted(cells(row.body), len(titles))))
            self._wanted -= sum(map(len, rows[-1])) + _BREAK * len(titles)
        self._blocks.add(Table(self._cells(tuple(titles)), delimiters(below, len(titles)), tuple(rows)))

    def _cells(self, row: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            "\n".join(filter(None, (piece.strip() for piece in treated(cell, CARD, self._references))))
            for cell in row
        )

    def _end_of_formula(self, opening: str) -> int:
        """The index of the line that closes it; 0 when none does, so that one left open swallows nothing."""
        for index in range(self._at + 1, min(len(self._lines), self._at + _LONGEST_FORMULA_LINES)):
            body = take_apart(self._lines[index]).body
            if body == DISPLAY_FORMULA[opening]:
                return index
            if not body or body in DISPLAY_FORMULA or opening_fence(self._lines[index]):
                break
        return 0

    def _formula(self, end: int) -> None:
        self._add_code("latex", [take_apart(line).body for line in self._lines[self._at + 1 : end]])
        self._at = end + 1

    def _prose(self, line: Line) -> None:
        indent = line.indent
        for piece in treated(line.body, CARD, self._references):
            own = take_apart(piece)
            self._wanted -= len(own.body) + _BREAK
            depth = min(line.depth + own.depth, DEEPEST_QUOTE)
            point = is_point(own.body)
            self._blocks.line(Line(depth, line.indent if point else indent, own.body))
            if point:
                # Text behind a <br> in an item belongs to the item.
                indent = line.indent + STEP
