"""One question's reply, whole or as a stream, in the order of its events."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.answerers import ProviderError
from emulators.rag_server.answering.history import Turn
from emulators.rag_server.answering.thinking import in_tags
from emulators.rag_server.anythingllm import wire
from emulators.rag_server.anythingllm.versions import V1_11
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.history import Session
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.versions import Version

#: The product sends no charset.
STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
}


@dataclass(frozen=True)
class Replier:
    """Answers briefings and remembers the turns."""

    knowledge: KnowledgeBase
    version: Version

    def refuse(self, briefing: Briefing, session: Session) -> wire.Json:
        """The refusal of query mode: stored, but not part of what follows."""
        text = briefing.workspace.refusal_text
        turn = Turn(briefing.question, text, briefing.mode, self.knowledge.now())
        self.knowledge.history.remember(session, turn, include=False)
        return wire.complete_answer(text, sources=[], metrics={})

    async def whole(self, request: Request, briefing: Briefing, session: Session) -> Response:
        """The blocking answer."""
        asked_at = self.knowledge.now()
        text = await whole_text(request, self._pieces(briefing))
        if isinstance(text, Response):
            return text
        turn = self.remember(briefing, session, text, asked_at)
        return JSONResponse(
            wire.complete_answer(text, sources=wire.sources(turn), metrics=turn.metrics, chat_id=turn.chat_id)
        )

    async def events(
        self, request: Request, briefing: Briefing, session: Session
    ) -> AsyncGenerator[bytes, None]:
        """The streamed answer: chunks, an empty closing chunk, `finalizeResponseStream`.

        The sources are in the closing chunk up to 1.8 and in the last event since.

        A model that fails before its first piece leaves one `abort`; one that fails midway leaves an `abort`
        and then the normal last event, with the truncated text stored, as it is when the client goes away.
        """
        stream, asked_at, text, turn = str(uuid.uuid4()), self.knowledge.now(), "", None
        try:
            try:
                async with aclosing(self._pieces(briefing)) as pieces:
                    async for piece in pieces:
                        text += piece
                        yield wire.event_bytes(wire.text_chunk(stream, piece))
                cited = [wire.source(one) for one in briefing.passages] if self._cites_early and text else []
                yield wire.event_bytes(wire.text_chunk(stream, "", close=True, sources=cited))
            except ProviderError as error:
                yield wire.event_bytes(wire.abort(str(error), mid_stream=stream if text else None))
                if not text:
                    return
            turn = self.remember(briefing, session, text, asked_at) if text else None
            yield wire.event_bytes(wire.finalize(stream, turn, cites=not self._cites_early))
        except BrokenConnectionError:
            await hang_up(request)
        finally:
            if text and turn is None:
                self.remember(briefing, session, text, asked_at)

    @property
    def _cites_early(self) -> bool:
        return self.version < V1_11

    def _pieces(self, briefing: Briefing) -> AsyncGenerator[str, None]:
        return in_tags(self.knowledge.pieces(briefing))

    def remember(self, briefing: Briefing, session: Session, text: str, asked_at: float) -> Turn:
        """Store a turn with what it took."""
        metrics = wire.metrics(
            briefing,
            text,
            seconds=self.knowledge.now() - asked_at,
            model=self.knowledge.answerer.model,
            provider=self.knowledge.answerer.provider,
            at=asked_at,
        )
        if self.version < V1_11:
            metrics = {name: value for name, value in metrics.items() if name in wire.OLD_METRICS}
        turn = Turn(briefing.question, text, briefing.mode, asked_at, briefing.passages, metrics)
        return replace(turn, chat_id=self.knowledge.history.remember(session, turn))


async def whole_text(request: Request, pieces: AsyncGenerator[str, None]) -> str | Response:
    """The text that the pieces make, or the response when they fail or there are none."""
    text = ""
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                text += piece
    except ProviderError as error:
        return JSONResponse(wire.abort(str(error)), status_code=500)
    except BrokenConnectionError:
        await hang_up(request)
        return Response()
    return text or JSONResponse(wire.abort(wire.NO_COMPLETION))
