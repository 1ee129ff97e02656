"""Who writes an answer: anyone who sends it piece by piece. Here, the handbook itself is quoted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from emulators.rag_server.answering.quoting import pieces, quote

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from emulators.rag_server.answering.briefing import Briefing


@dataclass(frozen=True)
class Piece:
    """The next few characters. thought: the model is still thinking aloud."""

    text: str
    thought: bool = False


class ProviderError(Exception):
    """Raised when the model cannot answer or stops midway.

    status: its HTTP status where it refused with one; the text then starts with that number.
    """

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason if status is None else f"{status} {reason}")
        self.reason = reason
        self.status = status


class Answerer(Protocol):
    """Writes an answer piece by piece."""

    model: str
    provider: str

    def answer(self, briefing: Briefing) -> AsyncGenerator[Piece, None]:
        """Pieces of Markdown; raises ProviderError."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Quoter:
    """Answers in the handbook's own words, in small pieces with a pause after each."""

    model = "quote"
    provider = "handbook"

    def __init__(self, piece_delay: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._piece_delay = piece_delay
        self._sleep = sleep

    async def answer(self, briefing: Briefing) -> AsyncGenerator[Piece, None]:
        """Pieces of a quotation."""
        text = quote(briefing.question, briefing.hits, briefing.workspace.index)
        if briefing.images:
            text += f"\n\n（随问题收到 {len(briefing.images)} 张图片；没有接入大模型时看不了图片。）"
        for piece in pieces(text):
            yield Piece(piece)
            await self._sleep(self._piece_delay)

    async def close(self) -> None:
        """Nothing is held."""
