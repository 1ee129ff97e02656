"""What a markdown text consists of. Every line in a block is treated already, none holds a newline."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from rag_on_dingtalk.rendering.markdown.reading.tables import Table


class Heading(Struct, frozen=True):
    """depth: how many quotes it is in, here and below."""

    depth: int
    level: int
    text: str


class Paragraph(Struct):
    """Lines of running text."""

    depth: int
    lines: list[str]


class Item(Struct):
    """A point of a list.

    level: 0 for the outermost list.
    number: None for a bullet.
    """

    depth: int
    level: int
    number: int | None
    lines: list[str]


class Rule(Struct, frozen=True):
    """A horizontal line."""

    depth: int


class Code(Struct, frozen=True):
    """A fenced block of code."""

    language: str
    lines: tuple[str, ...]


Block: TypeAlias = Heading | Paragraph | Item | Rule | Code | Table
