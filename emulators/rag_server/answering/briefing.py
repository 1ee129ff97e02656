"""What an answer is built on: the passages found for the question, and what the session has said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.rag_server.retrieval.followup import Exchange, query_for
from emulators.rag_server.retrieval.passages import Passage, passage_of
from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.rag_server.answering.history import Turn
    from emulators.rag_server.retrieval.ranking import Hit
    from emulators.rag_server.retrieval.workspaces import Workspace


@dataclass(frozen=True)
class Briefing:
    """A question made ready to be answered.

    passages: what the asker brought along and what was found; the answer's sources.
    context: what a model reads: the same, filled up with what was cited earlier in the session.
    images: addresses or data URIs of pictures that belong to the question.
    """

    workspace: Workspace
    question: str
    mode: str
    turns: tuple[Turn, ...]
    hits: tuple[Hit, ...]
    passages: tuple[Passage, ...]
    context: tuple[Passage, ...]
    images: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Query mode does not call the model when there is nothing to tell it."""
        return self.mode == "query" and not self.context

    @property
    def prompt_tokens(self) -> int:
        """How much the model has to read, counted as search terms."""
        return sum(len(tokenise(text)) for text in [*(one.text for one in self.context), self.question])


def prepare(
    workspace: Workspace,
    question: str,
    mode: str,
    turns: Sequence[Turn],
    *,
    images: Sequence[str] = (),
    brought: Sequence[Passage] = (),
) -> Briefing:
    """Search for the question; turns are the session's earlier ones, oldest first."""
    earlier = [Exchange(turn.question, _found_titles(turn)) for turn in turns]
    query = query_for(question, earlier, workspace.index)
    hits = workspace.index.search(query, top=workspace.top, threshold=workspace.threshold)
    passages = (*brought, *map(passage_of, hits))
    context: dict[str, Passage] = {}
    for passage in (*passages, *(one for turn in reversed(turns) for one in turn.passages)):
        context.setdefault(passage.text, passage)
    return Briefing(
        workspace=workspace,
        question=question,
        mode=mode,
        turns=tuple(turns),
        hits=tuple(hits),
        passages=passages,
        context=tuple(context.values())[: len(brought) + workspace.top],
        images=tuple(images),
    )


def _found_titles(turn: Turn) -> frozenset[str]:
    return frozenset(passage.title for passage in turn.passages if passage.score is not None)
