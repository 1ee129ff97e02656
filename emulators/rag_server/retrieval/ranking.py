"""BM25 over the chunks of a workspace, with scores from 0 to 1."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulators.rag_server.retrieval.chunks import Chunk

#: BM25's usual constants: how fast repetition stops helping, and how much a long chunk is held back.
_SATURATION = 1.2
_LENGTH_WEIGHT = 0.5

#: A term in a heading says more about a chunk than one in its text.
_HEADING_WEIGHT = 3
_TITLE_WEIGHT = 2

#: Pairs that occur nowhere mostly straddle two words (住酒 in 出差住酒店): they lower a score, but not much.
_NOWHERE_WEIGHT = 0.3

_CITED_BEFORE = 1.3
_SUPERSEDED = 0.25
_SUPERSEDED_BUT_ASKED_FOR = 1.5


@dataclass(frozen=True)
class Query:
    """What to look for.

    weights: search term → how much it counts; 1 for a term of the question itself.
    cited: titles of documents the conversation has been about.
    old: the question names a superseded edition (a year, or words such as 旧版).
    """

    weights: Mapping[str, float]
    cited: frozenset[str] = field(default_factory=frozenset)
    old: bool = False


@dataclass(frozen=True)
class Hit:
    """A chunk that was found. score: 0 to 1, higher is better."""

    chunk: Chunk
    score: float


class Index:
    """The searchable chunks of one workspace."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.chunks = tuple(chunks)
        self._terms = [_weighted_terms(chunk) for chunk in self.chunks]
        self._lengths = [sum(terms.values()) for terms in self._terms]
        self._mean_length = sum(self._lengths) / len(self._lengths) if self._lengths else 1.0
        self._chunks_with = Counter(term for terms in self._terms for term in terms)

    def knows(self, term: str) -> bool:
        """Whether the term occurs anywhere in the workspace."""
        return term in self._chunks_with

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a term; highest for one that never occurs."""
        having = self._chunks_with[term]
        return math.log(1 + (len(self.chunks) - having + 0.5) / (having + 0.5))

    def search(self, query: Query, *, top: int = 4, threshold: float = 0.0) -> list[Hit]:
        """The best chunks, best first; those that score 0 or below `threshold` are left out."""
        best_possible = (_SATURATION + 1) * sum(
            weight * self.rarity(term) * (1 if self.knows(term) else _NOWHERE_WEIGHT)
            for term, weight in query.weights.items()
        )
        hits = [
            Hit(chunk, round(min(1.0, self._raw(at, query) / best_possible * _standing(chunk, query)), 4))
            for at, chunk in enumerate(self.chunks)
            if best_possible
        ]
        found = [hit for hit in hits if hit.score > 0 and hit.score >= threshold]
        return sorted(found, key=lambda hit: -hit.score)[:top]

    def _raw(self, at: int, query: Query) -> float:
        terms = self._terms[at]
        resistance = _SATURATION * (
            1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * self._lengths[at] / self._mean_length
        )
        return sum(
            weight * self.rarity(term) * terms[term] * (_SATURATION + 1) / (terms[term] + resistance)
            for term, weight in query.weights.items()
            if term in terms
        )


def _weighted_terms(chunk: Chunk) -> Counter[str]:
    terms = Counter(tokenise(chunk.body))
    for text, weight in ((" ".join(chunk.headings), _HEADING_WEIGHT), (chunk.document.title, _TITLE_WEIGHT)):
        for term, count in Counter(tokenise(text)).items():
            terms[term] += count * weight
    return terms


def _standing(chunk: Chunk, query: Query) -> float:
    if chunk.document.superseded and not query.old:
        return _SUPERSEDED
    standing = _SUPERSEDED_BUT_ASKED_FOR if chunk.document.superseded else 1.0
    return standing * (_CITED_BEFORE if chunk.document.title in query.cited else 1.0)
