"""What an answer is built on: the chunks found for the question, and what the session has said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import wire
from .followup import Exchange, query_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .history import Turn
    from .retrieval import Hit
    from .workspaces import Workspace


@dataclass(frozen=True)
class Briefing:
    """A question made ready to be answered.

    sources: the chunks found, as sent to the client.
    context: what a model reads: these chunks, filled up with chunks cited earlier in the session.
    """

    workspace: Workspace
    question: str
    mode: str
    turns: tuple[Turn, ...]
    hits: tuple[Hit, ...]
    sources: list[wire.Json]
    context: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Query mode does not call the model when there is nothing to tell it."""
        return self.mode == "query" and not self.context


def prepare(workspace: Workspace, question: str, mode: str, turns: Sequence[Turn]) -> Briefing:
    """Search for the question; turns are the session's earlier ones, oldest first."""
    earlier = [Exchange(turn.question, wire.cited_titles(turn.sources)) for turn in turns]
    query = query_for(question, earlier, workspace.index)
    hits = workspace.index.search(query, top=workspace.top, threshold=workspace.threshold)
    sources = [wire.source(hit) for hit in hits]
    cited_before = [source["text"] for turn in reversed(turns) for source in turn.sources]
    context = dict.fromkeys([source["text"] for source in sources] + cited_before)
    return Briefing(
        workspace, question, mode, tuple(turns), tuple(hits), sources, tuple(context)[: workspace.top]
    )
