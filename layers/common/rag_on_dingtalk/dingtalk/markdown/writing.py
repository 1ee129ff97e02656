"""Blocks → the text of a dialect. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.markdown.blocks import Block, Code, Heading, Item, Paragraph, Rule
from rag_on_dingtalk.dingtalk.markdown.dialects import CARD, MESSAGE
from rag_on_dingtalk.dingtalk.markdown.parsing import parse
from rag_on_dingtalk.dingtalk.markdown.spans import as_code
from rag_on_dingtalk.dingtalk.markdown.tables import Table, as_lines, as_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.dingtalk.markdown.dialects import Dialect

#: What keeps code in a quote from losing its indentation.
_BLANK = "&nbsp;"


def for_card(text: str) -> str:
    """A whole markdown text as a card shows it; blank when there is nothing to show.

    Tables and code stay, single newlines become `<br>`, formulas become code. Applied again it changes
    nothing.
    """
    return _written(text, CARD)


def for_message(text: str) -> str:
    """A whole markdown text as a message shows it; blank when there is nothing to show.

    Tables are told row by row, code is quoted, formulas become code. It takes a card's text as well as the
    text the card's was made from. Applied again it changes nothing.
    """
    return _written(text, MESSAGE)


def _written(text: str, dialect: Dialect) -> str:
    lists = _Lists()
    before: Block | None = None
    out: list[str] = []
    for block in _adapted(parse(text, dialect), dialect):
        together = lists.continues(before, block)
        if before is not None:
            out.append(_gap(_depth(before), _depth(block), together=together))
        out.append(_block(block, dialect, lists))
        before = block
    return "".join(out)


def _adapted(blocks: list[Block], dialect: Dialect) -> Iterator[Block]:
    """The blocks with those the dialect lacks told in those it has."""
    for block in blocks:
        if isinstance(block, Table) and not dialect.tables:
            yield from parse("\n".join(as_lines(block)), dialect)
        elif isinstance(block, Code) and not dialect.fences:
            yield Paragraph(1, [_quoted_code(line) for line in block.lines])
        else:
            yield block


def _quoted_code(line: str) -> str:
    # Behind &nbsp; and in backticks no character of it is markup, whether or not the client knows code spans.
    code = line.lstrip()
    indent = len(line[: len(line) - len(code)].expandtabs(4))
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
    between = dialect.line_break
    if between.endswith("\n"):
        between += dialect.continuation + quotes
    return between.join(lines)


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
