"""As much of a document as fits in one part, and the rest of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rag_on_dingtalk.rendering.markdown.blocks import Block, Code, Heading, Item, Paragraph
from rag_on_dingtalk.rendering.markdown.document import Document
from rag_on_dingtalk.rendering.markdown.reading.parsing import parse
from rag_on_dingtalk.rendering.markdown.reading.tables import Table
from rag_on_dingtalk.rendering.markdown.writing.borders import Limits
from rag_on_dingtalk.rendering.markdown.writing.splitting import count_fitting, cut_off
from rag_on_dingtalk.rendering.markdown.writing.writer import Writer, line_gap, told, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.rendering.markdown.dialects import Dialect

_GAP = "\n\n"
_ROWS = 50


def beginning(
    document: Document, dialect: Dialect, *, characters: int, utf8_bytes: int
) -> tuple[str, Document]:
    """The text of as many blocks as fit, and the rest, from the first block on that does not.

    A block that would fit a part of its own is cut only when the part would stay less than half full without
    it. What fits is written once, and what does not is not written at all.
    """
    limits = Limits(characters, utf8_bytes)
    writer = Writer(dialect)
    taken: list[tuple[Block, str]] = []
    left = limits
    blocks = tuple(piece for block in document.blocks for piece in _pieces(block, dialect))
    for index, block in enumerate(blocks):
        ones = tuple(told(dialect, block))
        for number, one in enumerate(ones):
            text = writer.add(one)
            if not left.fit(text):
                rest = (*ones[number:], *blocks[index + 1 :])
                return _cut_before_or_in(taken, rest, dialect, limits, left, whole=document.whole)
            taken.append((one, text))
            left = left.less(text)
    return "".join(text for _, text in taken), Document(whole=document.whole)


def _pieces(block: Block, dialect: Dialect) -> Iterator[Block]:
    """A table that is going to be told row by row in pieces, so that only rows that fit are told."""
    if dialect.tables or not isinstance(block, Table) or len(block.rows) <= _ROWS:
        yield block
        return
    for start in range(0, len(block.rows), _ROWS):
        yield replace(block, rows=block.rows[start : start + _ROWS])


def _cut_before_or_in(
    taken: list[tuple[Block, str]],
    rest: tuple[Block, ...],
    dialect: Dialect,
    limits: Limits,
    left: Limits,
    *,
    whole: bool,
) -> tuple[str, Document]:
    room = left.less(_GAP) if taken else left
    full = room.characters < limits.characters // 2 or room.utf8_bytes < limits.utf8_bytes // 2
    if taken and (full or limits.fit(written(rest[:1], dialect))):
        kept = _without_headings(taken)
        moved = (block for block, _ in taken[kept:])
        return "".join(text for _, text in taken[:kept]), Document((*moved, *rest), whole=whole)
    head, tail = _cut(rest[0], dialect, room)
    text = _GAP.join(filter(None, ("".join(text for _, text in taken), head)))
    return text, Document((*tail, *rest[1:]), whole=whole)


def _without_headings(taken: list[tuple[Block, str]]) -> int:
    """How many of the blocks stay, so that no heading is parted from what it stands above."""
    kept = len(taken)
    while kept > 1 and isinstance(taken[kept - 1][0], Heading):
        kept -= 1
    return len(taken) if isinstance(taken[kept - 1][0], Heading) else kept


def _cut(block: Block, dialect: Dialect, room: Limits) -> tuple[str, tuple[Block, ...]]:
    """What of a block fits, as text, and what the rest of it is."""
    if isinstance(block, (Paragraph, Item)):
        return _cut_lines(block, dialect, room)
    text = written((block,), dialect)
    lines = text.split("\n")
    if isinstance(block, Table):
        rows = count_fitting(lines[2:], room.less("\n".join(lines[:2])))
        if rows:
            head = "\n".join(lines[: rows + 2])
            return head, (replace(block, rows=block.rows[rows:]),)
    if isinstance(block, Code):
        count = count_fitting(lines[1:-1], room.less(f"{lines[0]}\n{lines[-1]}"))
        if count:
            head = "\n".join((*lines[: count + 1], lines[-1]))
            return head, (replace(block, lines=block.lines[count:]),)
    head, rest = cut_off(text, room)
    return head, parse(rest).blocks


def _cut_lines(block: Paragraph | Item, dialect: Dialect, room: Limits) -> tuple[str, tuple[Block, ...]]:
    """As `_cut`; the lines are in the dialect's form already, and none is read again."""
    room = room.less(written((replace(block, lines=[""]),), dialect))
    gap = line_gap(block, dialect)
    left = room
    count = 0
    for line in block.lines:
        if not left.fit(line):
            break
        left = left.less(line + gap)
        count += 1
    lines, rest = block.lines[:count], block.lines[count:]
    if left.characters > room.characters * 3 // 4 and rest:
        start, end = cut_off(rest[0], left)
        lines, rest = [*lines, start], [*filter(None, (end,)), *rest[1:]]
    behind = (Paragraph(block.depth, rest),) if rest else ()
    return written((replace(block, lines=lines),), dialect), behind
