"""Who writes an answer: anyone who sends it piece by piece. Here, the handbook itself is quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .quoting import pieces, quote

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from .briefing import Briefing


class ProviderError(Exception):
    """Raised when the model cannot answer or stops midway.

    Its text is what the client sees; a refusal by HTTP status starts with that number, as in the product.
    """


class Answerer(Protocol):
    """Writes an answer piece by piece."""

    model: str
    provider: str

    def answer(self, briefing: Briefing) -> AsyncGenerator[str, None]:
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

    async def answer(self, briefing: Briefing) -> AsyncGenerator[str, None]:
        """Pieces of a quotation."""
        for piece in pieces(quote(briefing.question, briefing.hits, briefing.workspace.index)):
            yield piece
            await self._sleep(self._piece_delay)

    async def close(self) -> None:
        """Nothing is held."""
