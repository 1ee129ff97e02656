"""Blocks → the text of a dialect. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rag_on_dingtalk.rendering.markdown.blocks import Block, Code, Heading, Item, Paragraph, Rule
from rag_on_dingtalk.rendering.markdown.dialects import CARD
from rag_on_dingtalk.rendering.markdown.inline.breaks import before_breaks
from rag_on_dingtalk.rendering.markdown.inline.line import code_shown, treated
from rag_on_dingtalk.rendering.markdown.inline.spans import as_code
from rag_on_dingtalk.rendering.markdown.reading.parsing import parse
from rag_on_dingtalk.rendering.markdown.reading.prose import DEEPEST_LEVEL
from rag_on_dingtalk.rendering.markdown.reading.tables import Table, as_lines, as_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag_on_dingtalk.rendering.markdown.dialects import Dialect

#: What the mark of a block may begin with.
_BLOCK_LIKE = re.compile(r"[#>*+=_~`|$\\-]|\d{1,3}[.)]")
#: What keeps code in a quote from losing its indentation.
_BLANK = "&nbsp;"


def written(blocks: Sequence[Block], dialect: Dialect) -> str:
    """The text of the blocks; blank when there is nothing to show."""
    writer = Writer(dialect)
    return "".join(writer.add(one) for block in blocks for one in told(dialect, block))


class Writer:
    """Writes blocks one after the other, each in the form that the dialect has."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._lists = _Lists()
        self._before: Block | None = None

    def add(self, block: Block) -> str:
        """The text of a block, with what stands between it and the one before it."""
        together = self._lists.continues(self._before, block)
        gap = "" if self._before is None else _gap(_depth(self._before), _depth(block), together=together)
        self._before = block
        return gap + _block(block, self._dialect, self._lists)


def told(dialect: Dialect, block: Block) -> Iterator[Block]:
    """A block in those that the dialect has."""
    if isinstance(block, Table) and not dialect.tables:
        for line in parse("\n".join(as_lines(block))).blocks:
            yield from told(dialect, line)
    elif isinstance(block, Code) and not dialect.fences:
        yield Paragraph(1, [_quoted_code(line, dialect) for line in block.lines])
    elif dialect is CARD:
        yield block
    else:
        yield from _plainer(block, dialect)


def _plainer(block: Block, dialect: Dialect) -> Iterator[Block]:
    """A block of running text without what only cards have."""
    if isinstance(block, Heading):
        text = " ".join(_lines([block.text], dialect))
        if text:
            yield replace(block, text=text)
    elif isinstance(block, (Paragraph, Item)):
        lines = _lines(block.lines, dialect)
        if lines == block.lines:
            yield block
        elif any(map(_BLOCK_LIKE.match, lines if isinstance(block, Paragraph) else lines[1:])):
            yield from _read_again(replace(block, lines=lines), dialect)
        elif lines:
            yield replace(block, lines=lines)
    else:
        yield block


def _read_again(block: Paragraph | Item, dialect: Dialect) -> Iterator[Block]:
    """The blocks that the lines are now: some may begin with the mark of a rule, a point or a heading."""
    level = block.level if isinstance(block, Item) else 0
    outermost = replace(block, level=0) if isinstance(block, Item) else block
    for found in parse(_block(outermost, dialect, _Lists())).blocks:
        if level and isinstance(found, Item):
            found.level = min(found.level + level, DEEPEST_LEVEL)
        yield from _plainer(found, dialect)


def _lines(lines: list[str], dialect: Dialect) -> list[str]:
    plain = (piece for line in lines for piece in treated(line, dialect, {}))
    return [line for line in (piece.strip() for piece in plain) if line]


def _quoted_code(line: str, dialect: Dialect) -> str:
    # Behind &nbsp; and in backticks no character of it is markup, whether or not the client knows code spans.
    code = line.lstrip()
    indent = len(line[: len(line) - len(code)].expandtabs(4))
    code = code_shown(code, dialect)
    return _BLANK * indent + as_code(code) if code else _BLANK


class _Lists:
    """Where the markers of a list stand."""

    def __init__(self) -> None:
        self._widths: list[int] = []
        self._numbered = False

    def continues(self, before: Block | None, block: Block) -> bool:
        """Whether `block` goes on with the list that `before` is in."""
        if not isinstance(block, Item):
            return False
        numbered = self._numbered
        if not block.level:
            self._numbered = block.number is not None
        if not isinstance(before, Item) or before.depth != block.depth:
            return False
        return bool(block.level) or numbered == self._numbered

    def marker(self, item: Item) -> str:
        """What the item's text stands behind."""
        marker = "- " if item.number is None else f"{item.number}. "
        self._widths[item.level :] = [len(marker)]
        return " " * sum(self._widths[: item.level]) + marker


def _block(block: Block, dialect: Dialect, lists: _Lists) -> str:
    quotes = "> " * _depth(block)
    if isinstance(block, Heading):
        return f"{quotes}{'#' * min(block.level, dialect.deepest_heading)} {block.text}"
    if isinstance(block, Paragraph):
        return quotes + _joined(block.lines, quotes, dialect)
    if isinstance(block, Item):
        return quotes + lists.marker(block) + _joined(block.lines, quotes and f"{quotes}  ", dialect)
    if isinstance(block, Rule):
        return quotes + dialect.rule
    if isinstance(block, Code):
        return _fenced(block)
    return as_table(block)


def _joined(lines: list[str], quotes: str, dialect: Dialect) -> str:
    return _between(quotes, dialect).join(before_breaks(lines))


def _between(quotes: str, dialect: Dialect) -> str:
    between = dialect.line_break
    return between + dialect.continuation + quotes if between.endswith("\n") else between


def line_gap(block: Paragraph | Item, dialect: Dialect) -> str:
    """What stands between two lines of a block."""
    quotes = "> " * block.depth
    return _between(f"{quotes}  " if quotes and isinstance(block, Item) else quotes, dialect)


def _fenced(code: Code) -> str:
    runs = [len(line) - len(line.lstrip("`")) for line in (line.strip() for line in code.lines)]
    fence = "`" * max(3, *(run + 1 for run in runs))
    return "\n".join((f"{fence}{code.language}", *code.lines, fence))


def _depth(block: Block) -> int:
    return 0 if isinstance(block, (Code, Table)) else block.depth


def _gap(before: int, after: int, *, together: bool) -> str:
    if together:
        return "\n"
    return "\n" + ("> " * min(before, after)).rstrip() + "\n"
