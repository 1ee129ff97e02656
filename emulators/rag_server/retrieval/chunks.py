"""Cuts a document at its headings, so that a retrieved piece is a section a person would recognise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulators.rag_server.retrieval.documents import Document

#: A section longer than this is cut again, between paragraphs.
LONGEST_CHUNK = 1200

_HEADING = re.compile(r"(#{1,6}) +(.*\S)")
_FENCE = re.compile(r"(?:```|~~~)")


@dataclass(frozen=True)
class Chunk:
    """A part of a document: joined in order, the `text` of all chunks is the document again.

    position: 0 for the first chunk of its document.
    headings: the headings it stands under below the title, outermost first.
    """

    document: Document
    position: int
    headings: tuple[str, ...]
    text: str

    @property
    def body(self) -> str:
        """The text without its own heading line and surrounding blank lines."""
        first, _, rest = self.text.partition("\n")
        return (rest if _HEADING.match(first) else self.text).strip()


def split_document(document: Document) -> list[Chunk]:
    """Cut at headings outside code fences, then cut what is still too long between paragraphs."""
    return [
        Chunk(document, position, headings, text)
        for position, (headings, text) in enumerate(
            (headings, part)
            for headings, section in _sections(document.text)
            for part in _parts(section, LONGEST_CHUNK)
        )
    ]


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    path: dict[int, str] = {}
    lines: list[str] = []
    fenced = False
    for line in text.splitlines(keepends=True):
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading:
            if lines:
                yield _below_title(path), "".join(lines)
            level = len(heading.group(1))
            path = {above: name for above, name in path.items() if above < level}
            path[level] = heading.group(2)
            lines = []
        lines.append(line)
    if lines:
        yield _below_title(path), "".join(lines)


def _below_title(path: dict[int, str]) -> tuple[str, ...]:
    return tuple(name for level, name in path.items() if level > 1)


def _parts(section: str, longest: int) -> Iterator[str]:
    part = ""
    for paragraph in re.split(r"(?<=\n\n)", section):
        if part and len(part) + len(paragraph) > longest:
            yield part
            part = ""
        part += paragraph
    if part:
        yield part
