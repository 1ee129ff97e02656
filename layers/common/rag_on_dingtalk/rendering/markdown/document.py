"""A markdown text that is read once and written as often as it is shown. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rag_on_dingtalk.rendering.markdown.blocks import Block, Code, Heading, Item, Paragraph
from rag_on_dingtalk.rendering.markdown.characters import shows_nothing
from rag_on_dingtalk.rendering.markdown.dialects import CARD, MESSAGE
from rag_on_dingtalk.rendering.markdown.reading.parsing import parse
from rag_on_dingtalk.rendering.markdown.reading.tables import Table
from rag_on_dingtalk.rendering.markdown.writing.writer import written

if TYPE_CHECKING:
    from collections.abc import Callable


class Document:
    """The blocks of a text.

    whole: False when the text went on behind them.
    """

    def __init__(self, blocks: tuple[Block, ...] = (), *, whole: bool = True) -> None:
        self.blocks = blocks
        self.whole = whole

    @cached_property
    def card(self) -> str:
        """The text as a card shows it; blank when there is nothing to show."""
        return written(self.blocks, CARD)

    @cached_property
    def message(self) -> str:
        """The text as messages show it; blank when there is nothing to show."""
        return written(self.blocks, MESSAGE)

    @property
    def blank(self) -> bool:
        """Whether a person sees nothing of it."""
        return shows_nothing(self.card)

    def followed_by(self, other: Document) -> Document:
        """Both, one under the other."""
        return Document((*self.blocks, *other.blocks), whole=self.whole and other.whole)

    def with_lines(self, running: Callable[[str], str], code: Callable[[str], str]) -> Document:
        """The same with every line of running text, and every line of code, as the functions return it."""
        return Document(tuple(_changed(block, running, code) for block in self.blocks), whole=self.whole)


def read(text: str, *, most: int | None = None) -> Document:
    """A markdown text, read.

    most: characters that are wanted; what comes behind the block that reaches them is left out.
    """
    parsed = parse(text, most=most)
    return Document(parsed.blocks, whole=parsed.whole)


def for_card(text: str) -> str:
    """A whole markdown text as a card shows it; blank when there is nothing to show.

    Tables and code stay, single newlines become `<br>`, formulas become code. Applied again it changes
    nothing.
    """
    return read(text).card


def for_message(text: str) -> str:
    """A whole markdown text as a message shows it; blank when there is nothing to show.

    Tables are told row by row, code is quoted, formulas become code. It takes a card's text as well as the
    text the card's was made from. Applied again it changes nothing.
    """
    return read(text).message


def _changed(block: Block, running: Callable[[str], str], code: Callable[[str], str]) -> Block:
    if isinstance(block, Code):
        return replace(block, lines=tuple(map(code, block.lines)))
    if isinstance(block, Table):
        rows = tuple(tuple(map(running, row)) for row in block.rows)
        return replace(block, header=tuple(map(running, block.header)), rows=rows)
    if isinstance(block, Heading):
        return replace(block, text=running(block.text))
    if isinstance(block, (Paragraph, Item)):
        return replace(block, lines=list(map(running, block.lines)))
    return block
