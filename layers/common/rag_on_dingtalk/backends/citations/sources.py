"""From the products' lists of sources, one row a chunk, to what a person is shown, one row a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.backends.base import Citations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rag_on_dingtalk.models.answer import Citation

#: Longest excerpt of a source, characters.
EXCERPT_LIMIT = 200
#: A title or an address beyond these is none; both are kept with the answer, in a column of 2 MB.
_LONGEST_TITLE = 200
_LONGEST_LINK = 2_000
_MOST = 50


def excerpt(text: str) -> str:
    """The beginning of a chunk on one line."""
    # Twice the limit: chunks run to thousands of characters, and whitespace still has to go.
    plain = " ".join(text[: EXCERPT_LIMIT * 2].split())
    return plain if len(plain) <= EXCERPT_LIMIT else plain[:EXCERPT_LIMIT] + "…"


def web_link(address: object) -> str:
    """The address if a person can open it, else nothing."""
    if not isinstance(address, str) or len(address) > _LONGEST_LINK:
        return ""
    return address if address.startswith(("http://", "https://")) else ""


def cite(rows: Iterable[Citation]) -> Iterator[Citations]:
    """One citation a title, the first (best ranked) chunk of each; nothing when there is none."""
    by_title: dict[str, Citation] = {}
    for row in rows:
        if row.title and len(by_title) < _MOST:
            title = row.title[:_LONGEST_TITLE]
            by_title.setdefault(title, msgspec.structs.replace(row, title=title))
    if by_title:
        yield Citations(tuple(by_title.values()))
