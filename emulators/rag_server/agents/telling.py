"""One answer in the making, and the stream that tells it in a product's words."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from emulators.rag_server.answering.answerers import ProviderError
from emulators.rag_server.answering.history import Turn
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from starlette.requests import Request

    from emulators.rag_server.answering.answerers import Piece
    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.history import Session
    from emulators.rag_server.answering.knowledge import KnowledgeBase

Json = dict[str, Any]


@dataclass
class Telling:
    """One answer. session: None where the caller remembers. text, thoughts: what has been said so far."""

    knowledge: KnowledgeBase
    briefing: Briefing
    session: Session | None
    text: str = ""
    thoughts: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """The pieces, noted, and the turn kept at the end; raises ProviderError, BrokenConnectionError."""
        pieces = self.knowledge.pieces(self.briefing)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    if piece.thought:
                        self.thoughts += piece.text
                    else:
                        self.text += piece.text
                    yield piece
        finally:
            if self.text and self.session is not None:
                self.knowledge.history.remember(
                    self.session,
                    Turn(
                        question=self.briefing.question,
                        answer=self.text,
                        mode="chat",
                        asked_at=self.knowledge.now(),
                        passages=self.briefing.passages,
                        message_id=self.id,
                    ),
                )


class Script(Protocol):
    """How a product tells an answer."""

    def begin(self, told: Telling) -> Iterable[Json]:
        """Before its first piece."""
        ...

    def piece(self, told: Telling, piece: Piece) -> Iterable[Json]:
        """A piece."""
        ...

    def end(self, told: Telling) -> Iterable[Json]:
        """After its last one."""
        ...

    def failed(self, told: Telling, error: ProviderError) -> Iterable[Json]:
        """In place of its end."""
        ...

    def frame(self, event: Json) -> bytes:
        """The event's bytes."""
        ...


async def told(request: Request, script: Script, telling: Telling) -> AsyncGenerator[bytes, None]:
    """The stream of an answer."""
    try:
        for event in script.begin(telling):
            yield script.frame(event)
        async with aclosing(telling.pieces()) as pieces:
            async for piece in pieces:
                for event in script.piece(telling, piece):
                    yield script.frame(event)
        for event in script.end(telling):
            yield script.frame(event)
    except ProviderError as error:
        for event in script.failed(telling, error):
            yield script.frame(event)
    except BrokenConnectionError:
        await hang_up(request)


def tagged(telling: Telling, piece: Piece) -> str:
    """The piece with thoughts between tags, as models write them that products do not look into."""
    if piece.thought:
        return f"<think>{piece.text}" if telling.thoughts == piece.text else piece.text
    first = telling.thoughts and telling.text == piece.text
    return f"</think>{piece.text}" if first else piece.text
