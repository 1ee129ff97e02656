"""Markdown → blocks, for the ways models write it. Pure.

More lenient than CommonMark where models are sloppy and their meaning is clear: a list or table needs no
empty line before it, `---` under text is a rule and not a heading, text without indentation ends a list,
`##标题` is a heading, and indented text is text, not code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.markdown.blocks import Block, Code, Heading, Item, Paragraph, Rule
from rag_on_dingtalk.dingtalk.markdown.characters import encodable
from rag_on_dingtalk.dingtalk.markdown.fences import DEEPEST_QUOTE, Line, opening_fence, take_apart
from rag_on_dingtalk.dingtalk.markdown.inline import treated
from rag_on_dingtalk.dingtalk.markdown.tables import (
    Table,
    are_delimiters,
    cells,
    delimiters,
    fitted,
    is_delimiter_row,
    is_header,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.markdown.dialects import Dialect
    from rag_on_dingtalk.dingtalk.markdown.fences import Fence

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_HEADING = re.compile(r"(#{1,6})(?:\s+(.*))?$|(#{2,6})([^#\s].*)$")
_BULLET = re.compile(r"[-*+]\s+(?:\[(?P<task>[ xX])\]\s+)?(?P<text>.*)$")
_NUMBERED = re.compile(r"(?P<number>\d{1,3})[.)]\s+(?P<text>.*)$")
_RULE = re.compile(r"(?:-{3,}|_{3,}|={3,}|\*{3,}|\*(?: \*){2,})$")
_BLOCK_START = re.compile(r"#{1,6}\s|[-*+]\s|\d{1,3}[.)]\s|`{3}|~{3}")
_DISPLAY_FORMULA = {"$$": "$$", r"\[": r"\]"}
_FORMULA_MARKS = frozenset((*_DISPLAY_FORMULA.keys(), *_DISPLAY_FORMULA.values()))
_LONGEST_FORMULA_LINES = 40
#: How much further in than its parent's an item's marker stands.
_STEP = 2
_DEEPEST_LEVEL = 3


def parse(text: str, dialect: Dialect) -> list[Block]:
    """The blocks of a text, their lines in the form the dialect shows."""
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", encodable(text)))
    return _Parser(text.split("\n"), dialect).run()


class _Parser:
    def __init__(self, lines: list[str], dialect: Dialect) -> None:
        self._lines = lines
        self._dialect = dialect
        self._at = 0
        self._blocks: list[Block] = []
        #: Running text may be added to this.
        self._paragraph: Paragraph | None = None
        self._item: Item | None = None
        #: The indents of the lists that are open.
        self._indents: list[int] = []

    def run(self) -> list[Block]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            fence = opening_fence(line)
            apart = take_apart(line)
            if fence is not None:
                self._code(fence)
            elif self._is_table(apart):
                self._table(apart)
            elif apart.body in _DISPLAY_FORMULA and (end := self._end_of_formula(apart.body)):
                self._formula(end)
            else:
                self._at += 1
                self._prose(apart)
        return self._blocks

    def _code(self, fence: Fence) -> None:
        if fence.marker.strip("-*+"):
            # A numbered step that is nothing but code keeps its number.
            self._text(Line(fence.depth, 0, fence.marker))
        self._at += 1
        lines: list[str] = []
        while self._at < len(self._lines) and not fence.left_by(self._lines[self._at]):
            line = self._lines[self._at]
            self._at += 1
            if fence.closed_by(line):
                break
            lines.append(fence.content(line))
        self._add_code(fence.language, lines)

    def _add_code(self, language: str, lines: list[str]) -> None:
        while lines and not lines[-1]:
            lines.pop()
        if any(lines):
            self._add(Code(language, tuple(lines)))

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
        while self._at < len(self._lines):
            row = take_apart(self._lines[self._at])
            if "|" not in row.body or row.depth != header.depth or _BLOCK_START.match(row.body):
                break
            self._at += 1
            rows.append(self._cells(fitted(cells(row.body), len(titles))))
        self._add(Table(self._cells(tuple(titles)), delimiters(below, len(titles)), tuple(rows)))

    def _cells(self, row: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            "\n".join(filter(None, (piece.strip() for piece in treated(cell, self._dialect)))) for cell in row
        )

    def _end_of_formula(self, opening: str) -> int:
        """The index of the line that closes it; 0 when none does, so that one left open swallows nothing."""
        for index in range(self._at + 1, min(len(self._lines), self._at + _LONGEST_FORMULA_LINES)):
            body = take_apart(self._lines[index]).body
            if body == _DISPLAY_FORMULA[opening]:
                return index
            if not body or body in _DISPLAY_FORMULA or opening_fence(self._lines[index]):
                break
        return 0

    def _formula(self, end: int) -> None:
        self._add_code("latex", [take_apart(line).body for line in self._lines[self._at + 1 : end]])
        self._at = end + 1

    def _prose(self, line: Line) -> None:
        indent = line.indent
        for piece in treated(line.body, self._dialect):
            own = take_apart(piece)
            depth = min(line.depth + own.depth, DEEPEST_QUOTE)
            point = _BULLET.match(own.body) or _NUMBERED.match(own.body)
            self._piece(Line(depth, line.indent if point else indent, own.body))
            if point:
                # Text behind a <br> in an item belongs to the item.
                indent = line.indent + _STEP

    def _piece(self, line: Line) -> None:
        body = line.body
        if not body:
            self._paragraph = None
        elif body in _FORMULA_MARKS or is_delimiter_row(body):
            # Marks of a formula or a table that is not there.
            pass
        elif _RULE.match(body):
            self._add(Rule(line.depth))
        elif match := _HEADING.match(body):
            text = _without_closing_hashes(match[2] or match[4] or "")
            self._add(*([Heading(line.depth, len(match[1] or match[3]), text)] if text else []))
        elif match := _BULLET.match(body) or _NUMBERED.match(body):
            self._point(line, match.groupdict())
        else:
            self._text(line)

    def _point(self, line: Line, parts: dict[str, str | None]) -> None:
        if self._item is None or self._item.depth != line.depth:
            self._indents = []
        self._paragraph = None
        while self._indents and line.indent < self._indents[-1]:
            self._indents.pop()
        deeper = not self._indents or line.indent >= self._indents[-1] + _STEP
        if deeper and len(self._indents) <= _DEEPEST_LEVEL:
            self._indents.append(line.indent)
        level = len(self._indents) - 1
        text = (parts["text"] or "").strip()
        number = int(parts["number"] or 0) if "number" in parts else None
        if number is not None and level:
            # Ordered lists do not nest.
            number, text = None, f"({number}) {text}"
        if task := parts.get("task"):
            text = f"{'☐' if task == ' ' else '☑'} {text}"
        self._item = Item(line.depth, level, number, [text])
        self._blocks.append(self._item)

    def _text(self, line: Line) -> None:
        if self._paragraph is not None and self._paragraph.depth == line.depth:
            self._paragraph.lines.append(line.body)
        elif self._item is not None and self._item.depth == line.depth and line.indent >= _STEP:
            self._item.lines.append(line.body)
        else:
            paragraph = Paragraph(line.depth, [line.body])
            self._add(paragraph)
            self._paragraph = paragraph

    def _add(self, *blocks: Block) -> None:
        self._blocks += blocks
        self._paragraph = self._item = None


def _without_closing_hashes(text: str) -> str:
    """`标题 ##` is 标题, but `C#` is C#."""
    text = text.strip()
    bare = text.rstrip("# \t")
    tail = text[len(bare) :]
    return bare + tail[: len(tail) - len(tail.lstrip("#"))]
