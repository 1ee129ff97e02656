"""From the products' lists of sources, one row a chunk, to what a person is shown, one row a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Citations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rag_on_dingtalk.model import Citation

#: Longest excerpt of a source, characters.
EXCERPT_LIMIT = 200


def excerpt(text: str) -> str:
    """The beginning of a chunk on one line."""
    # Twice the limit: chunks run to thousands of characters, and whitespace still has to go.
    plain = " ".join(text[: EXCERPT_LIMIT * 2].split())
    return plain if len(plain) <= EXCERPT_LIMIT else plain[:EXCERPT_LIMIT] + "…"


def web_link(address: object) -> str:
    """The address if a person can open it, else nothing."""
    return address if isinstance(address, str) and address.startswith(("http://", "https://")) else ""


def cite(rows: Iterable[Citation]) -> Iterator[Citations]:
    """One citation a title, the first (best ranked) chunk of each; nothing when there is none."""
    by_title: dict[str, Citation] = {}
    for row in rows:
        if row.title:
            by_title.setdefault(row.title, row)
    if by_title:
        yield Citations(tuple(by_title.values()))
