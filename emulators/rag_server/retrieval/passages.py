"""A section of a document the way an answer needs it: to be read by a model, cited, and kept with a turn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from emulators.rag_server.retrieval.ranking import Hit


@dataclass(frozen=True)
class Passage:
    """A section, apart from the index it came from.

    document: file name without suffix; title: the document's; position: 0 for its first section.
    effective: ISO date, or "".
    words, tokens: of the whole document; words are what stands between spaces.
    score: 0 to 1; None for what the asker brought along.
    """

    document: str
    title: str
    position: int
    text: str
    effective: str = ""
    words: int = 0
    tokens: int = 0
    score: float | None = None

    @property
    def reading(self) -> str:
        """What a model reads: where it stands, then the text."""
        since = f"（{self.effective} 起生效）" if self.effective else ""
        return f"《{self.title}》{since}\n\n{self.text}"


@lru_cache(maxsize=256)
def _tokens_in(text: str) -> int:
    return len(tokenise(text))


def passage_of(hit: Hit) -> Passage:
    """The passage behind a hit."""
    document = hit.chunk.document
    return Passage(
        document=document.name,
        title=document.title,
        position=hit.chunk.position,
        text=hit.chunk.text.strip(),
        effective=document.effective,
        words=len(document.text.split()),
        tokens=_tokens_in(document.text),
        score=hit.score,
    )
