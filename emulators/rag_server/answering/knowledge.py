"""What every product answers from: the same handbook, the same history, the same author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.answering.history import Turn
from emulators.rag_server.http.misbehaviour import suffering

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping

    from emulators.faults import FaultBoard
    from emulators.rag_server.answering.answerers import Answerer, Piece
    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.history import History
    from emulators.rag_server.retrieval.workspaces import Workspace


@dataclass(frozen=True)
class KnowledgeBase:
    """What a product answers with.

    now: seconds since the epoch.
    """

    workspaces: Mapping[str, Workspace]
    answerer: Answerer
    history: History
    faults: FaultBoard
    sleep: Callable[[float], Awaitable[None]]
    now: Callable[[], float]

    def recall(self, workspace: Workspace, exchanges: Iterable[tuple[str, str]]) -> list[Turn]:
        """Turns that the caller remembered, question and answer, with what they must have cited."""
        turns: list[Turn] = []
        for question, answer in exchanges:
            passages = prepare(workspace, question, "chat", turns).passages
            turns.append(Turn(question, answer, "chat", self.now(), passages))
        return turns

    def pieces(self, briefing: Briefing) -> AsyncGenerator[Piece, None]:
        """The answer, with whatever faults strike it; raises ProviderError, BrokenConnectionError."""
        return suffering(self.answerer.answer(briefing), self.faults, self.sleep)
