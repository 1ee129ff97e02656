"""Turns a question into a query, with the help of the conversation only where the question leans on it.

「那总监呢？」 means nothing without the question before it; 「年假有几天？」 must not be pulled towards the
travel policy because that was the topic a minute ago. What tells them apart is the handbook itself: a
question stays on the topic when the documents cited last answer it nearly as well as the best document does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from emulators.rag_server.retrieval.ranking import Query
from emulators.rag_server.retrieval.tokens import question_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.rag_server.retrieval.ranking import Index

_LEANS_ON = re.compile(
    r"^(那|还有|另外|以及|其中|它|这|和|跟)|呢[？?。！!]*$|上面|刚才|前面|这个|这些|这项|同样"
)
_OLD_EDITION = re.compile(r"旧版|老版|旧的|以前的|之前的标准|原来的|废止|历史版本|改版前")

#: How close the cited documents must come to the best document, with and without words such as 那 or 呢.
_STAYS = 0.75
_STAYS_WHEN_LEANING = 0.4

#: A best score below this means that the handbook knows nothing the question names. With so few terms
#: (「什么时候发？」) its subject is left unsaid; with more, it is about something else.
_KNOWS_NOTHING = 0.15
_UNSAID_SUBJECT = 2

_EDITION = re.compile(r"（[^）]*）")

_EARLIER_QUESTION = 0.35
_FADING = 0.5


@dataclass(frozen=True)
class Exchange:
    """One earlier turn, as far as a follow-up needs it: what was asked and which documents were cited."""

    question: str
    cited: frozenset[str]


def query_for(question: str, earlier: Sequence[Exchange], index: Index) -> Query:
    """The query for a question after `earlier` turns, oldest first."""
    own = _query(question, index)
    topic = _topic(earlier)
    if not topic or not _stays_on(topic[-1].cited, question, own, index):
        return own
    weights = dict(own.weights)
    weight = _EARLIER_QUESTION
    for exchange in reversed(topic):
        for token in question_tokens(exchange.question):
            weights.setdefault(token, weight)
        weight *= _FADING
    return replace(own, weights=weights, cited=_editions(topic[-1].cited, index))


def _query(question: str, index: Index) -> Query:
    old_years = {chunk.document.year for chunk in index.chunks if chunk.document.superseded} - {""}
    return Query(
        weights=dict.fromkeys(question_tokens(question), 1.0),
        old=bool(_OLD_EDITION.search(question)) or any(year in question for year in old_years),
    )


def _topic(earlier: Sequence[Exchange]) -> list[Exchange]:
    """The latest exchanges that share a document (of any edition) with the one after them, oldest first."""
    topic: list[Exchange] = []
    for exchange in reversed(earlier):
        if not exchange.cited or (topic and not _families(exchange.cited) & _families(topic[0].cited)):
            break
        topic.insert(0, exchange)
    return topic


def _editions(cited: frozenset[str], index: Index) -> frozenset[str]:
    """The cited titles and those of their other editions."""
    titles = {chunk.document.title for chunk in index.chunks}
    return frozenset(title for title in titles if _families(frozenset({title})) & _families(cited))


def _families(titles: frozenset[str]) -> set[str]:
    return {_EDITION.sub("", title) for title in titles}


def _stays_on(cited: frozenset[str], question: str, own: Query, index: Index) -> bool:
    if own.old:
        superseded = {chunk.document.title for chunk in index.chunks if chunk.document.superseded}
        return bool(superseded & _editions(cited, index))
    found = index.search(own, top=len(index.chunks))
    best = found[0].score if found else 0.0
    if best < _KNOWS_NOTHING:
        return len(own.weights) <= _UNSAID_SUBJECT
    best_cited = max((hit.score for hit in found if hit.chunk.document.title in cited), default=0.0)
    needed = _STAYS_WHEN_LEANING if _LEANS_ON.search(question) else _STAYS
    return best_cited >= needed * best
