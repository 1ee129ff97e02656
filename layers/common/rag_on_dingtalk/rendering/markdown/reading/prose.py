"""Lines of running text → headings, rules, list items and paragraphs. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.rendering.markdown.blocks import Block, Heading, Item, Paragraph, Rule
from rag_on_dingtalk.rendering.markdown.reading.tables import is_delimiter_row

if TYPE_CHECKING:
    from rag_on_dingtalk.rendering.markdown.reading.fences import Line

#: What opens a formula on lines of its own → what closes it.
DISPLAY_FORMULA = {"$$": "$$", r"\[": r"\]"}
_FORMULA_MARKS = frozenset((*DISPLAY_FORMULA.keys(), *DISPLAY_FORMULA.values()))
_HEADING = re.compile(r"(#{1,6})(?:\s+(.*))?$|(#{2,6})([^#\s].*)$")
_BULLET = re.compile(r"[-*+]\s+(?:\[(?P<task>[ xX])\]\s+)?(?P<text>.*)$")
_NUMBERED = re.compile(r"(?P<number>\d{1,3})[.)]\s+(?P<text>.*)$")
_RULE = re.compile(r"(?:-{3,}|_{3,}|={3,}|\*{3,}|\*(?: \*){2,})$")
#: How much further in than its parent's an item's marker stands.
STEP = 2
DEEPEST_LEVEL = 3


class BlockList:
    """The blocks so far, and which of them the next line belongs to."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        #: Running text may be added to this.
        self._paragraph: Paragraph | None = None
        self._item: Item | None = None
        #: The indents of the lists that are open.
        self._indents: list[int] = []

    def blank_line(self) -> None:
        """End the paragraph."""
        self._paragraph = None

    def line(self, line: Line) -> None:
        """Add a line whose markup is treated already."""
        body = line.body
        if not body:
            self._paragraph = None
        elif body in _FORMULA_MARKS or is_delimiter_row(body):
            # Marks of a formula or a table that is not there.
            pass
        elif _RULE.match(body):
            self.add(Rule(line.depth))
        elif match := _HEADING.match(body):
            text = _without_closing_hashes(match[2] or match[4] or "")
            self.add(*([Heading(line.depth, len(match[1] or match[3]), text)] if text else []))
        elif match := _BULLET.match(body) or _NUMBERED.match(body):
            self._point(line, match.groupdict())
        else:
            self.text(line)

    def _point(self, line: Line, parts: dict[str, str | None]) -> None:
        if self._item is None or self._item.depth != line.depth:
            self._indents = []
        self._paragraph = None
        while self._indents and line.indent < self._indents[-1]:
            self._indents.pop()
        deeper = not self._indents or line.indent >= self._indents[-1] + STEP
        if deeper and len(self._indents) <= DEEPEST_LEVEL:
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
        self.blocks.append(self._item)

    def text(self, line: Line) -> None:
        """Add a line that is text, whatever it begins with."""
        if self._paragraph is not None and self._paragraph.depth == line.depth:
            self._paragraph.lines.append(line.body)
        elif self._item is not None and self._item.depth == line.depth and line.indent >= STEP:
            self._item.lines.append(line.body)
        else:
            paragraph = Paragraph(line.depth, [line.body])
            self.add(paragraph)
            self._paragraph = paragraph

    def add(self, *blocks: Block) -> None:
        """Add whole blocks; the next line begins another."""
        self.blocks += blocks
        self._paragraph = self._item = None


def is_point(body: str) -> bool:
    """Whether a line begins an item of a list."""
    return bool(_BULLET.match(body) or _NUMBERED.match(body))


def _without_closing_hashes(text: str) -> str:
    """`标题 ##` is 标题, but `C#` is C#."""
    text = text.strip()
    bare = text.rstrip("# \t")
    tail = text[len(bare) :]
    return bare + tail[: len(tail) - len(tail.lstrip("#"))]
