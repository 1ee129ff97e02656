"""The information desk behind every product: the same handbook, the same memory, the same author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .briefing import prepare
from .history import Turn
from .misbehaviour import suffering

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping

    from local.faults import FaultBoard

    from .answerers import Answerer, Piece
    from .briefing import Briefing
    from .history import History
    from .workspaces import Workspace


@dataclass(frozen=True)
class Desk:
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
        """Turns that somebody else remembered, question and answer, with what they must have cited."""
        turns: list[Turn] = []
        for question, answer in exchanges:
            passages = prepare(workspace, question, "chat", turns).passages
            turns.append(Turn(question, answer, "chat", self.now(), passages))
        return turns

    def pieces(self, briefing: Briefing) -> AsyncGenerator[Piece, None]:
        """The answer, with whatever faults strike it; raises ProviderError, BrokenConnectionError."""
        return suffering(self.answerer.answer(briefing), self.faults, self.sleep)
