"""The documents of a handbook: Markdown files with a title and one line of facts about themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TITLE = re.compile(r"^# +(.+?) *$", re.MULTILINE)
_EFFECTIVE = re.compile(r"^>.*生效日期：(\d{4}-\d{2}-\d{2})", re.MULTILINE)
_SUPERSEDED = re.compile(r"^>.*状态：已废止", re.MULTILINE)


class EmptyHandbookError(ValueError):
    """Raised when a folder holds no Markdown document."""


@dataclass(frozen=True)
class Document:
    """One document of the handbook.

    name: file name without suffix, for example `travel-expenses-2026`.
    title: the first heading, for example `差旅报销标准（2026 版）`.
    effective: ISO date from which it holds, or "" when the document does not say.
    superseded: a newer document has taken its place.
    """

    name: str
    title: str
    text: str
    effective: str = ""
    superseded: bool = False

    @property
    def year(self) -> str:
        """The year it came into force, or ""."""
        return self.effective[:4]


def parse_document(name: str, text: str) -> Document:
    """Read title and facts; a document without a heading is called by its file name."""
    title = _TITLE.search(text)
    effective = _EFFECTIVE.search(text)
    return Document(
        name=name,
        title=title.group(1) if title else name,
        text=text,
        effective=effective.group(1) if effective else "",
        superseded=_SUPERSEDED.search(text) is not None,
    )


def load_documents(folder: Path) -> list[Document]:
    """Every `*.md` of a folder, by file name."""
    documents = [parse_document(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.md"))]
    if not documents:
        raise EmptyHandbookError(f"There is no *.md file in {folder}. Name a folder with Markdown documents.")
    return documents
