"""One question's reply, whole or as a stream, in the event order of AnythingLLM 1.16."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from local.knowledge.answerers import ProviderError
from local.knowledge.hangup import hang_up
from local.knowledge.history import Turn
from local.knowledge.misbehaviour import BrokenConnectionError
from local.knowledge.thinking import in_tags

from . import wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from local.knowledge.briefing import Briefing
    from local.knowledge.desk import Desk
    from local.knowledge.history import Session

#: The product sends no charset.
STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
}


@dataclass(frozen=True)
class Replier:
    """Answers briefings and remembers the turns."""

    desk: Desk

    def refuse(self, briefing: Briefing, session: Session) -> wire.Json:
        """The refusal of query mode: stored, but not part of what follows."""
        text = briefing.workspace.refusal_text
        turn = Turn(briefing.question, text, briefing.mode, self.desk.now())
        self.desk.history.remember(session, turn, include=False)
        return wire.complete_answer(text, sources=[], metrics={})

    async def whole(self, request: Request, briefing: Briefing, session: Session) -> Response:
        """The blocking answer."""
        asked_at, text = self.desk.now(), ""
        try:
            async with aclosing(self._pieces(briefing)) as pieces:
                async for piece in pieces:
                    text += piece
        except ProviderError as error:
            return JSONResponse(wire.abort(str(error)), status_code=500)
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        if not text:
            return JSONResponse(wire.abort(wire.NO_COMPLETION))
        turn = self._remember(briefing, session, text, asked_at)
        return JSONResponse(
            wire.complete_answer(text, sources=wire.sources(turn), metrics=turn.metrics, chat_id=turn.chat_id)
        )

    async def events(
        self, request: Request, briefing: Briefing, session: Session
    ) -> AsyncGenerator[bytes, None]:
        """The streamed answer: chunks, an empty closing chunk, `finalizeResponseStream`.

        A model that fails before its first piece leaves one `abort`; one that fails midway leaves an `abort`
        and then the normal last event, with the truncated text stored, as it is when the client goes away.
        """
        stream, asked_at, text, turn = str(uuid.uuid4()), self.desk.now(), "", None
        try:
            try:
                async with aclosing(self._pieces(briefing)) as pieces:
                    async for piece in pieces:
                        text += piece
                        yield wire.event_bytes(wire.text_chunk(stream, piece))
                yield wire.event_bytes(wire.text_chunk(stream, "", close=True))
            except ProviderError as error:
                yield wire.event_bytes(wire.abort(str(error), mid_stream=stream if text else None))
                if not text:
                    return
            turn = self._remember(briefing, session, text, asked_at) if text else None
            yield wire.event_bytes(wire.finalize(stream, turn))
        except BrokenConnectionError:
            await hang_up(request)
        finally:
            if text and turn is None:
                self._remember(briefing, session, text, asked_at)

    def _pieces(self, briefing: Briefing) -> AsyncGenerator[str, None]:
        return in_tags(self.desk.pieces(briefing))

    def _remember(self, briefing: Briefing, session: Session, text: str, asked_at: float) -> Turn:
        metrics = wire.metrics(
            briefing,
            text,
            seconds=self.desk.now() - asked_at,
            model=self.desk.answerer.model,
            provider=self.desk.answerer.provider,
            at=asked_at,
        )
        turn = Turn(briefing.question, text, briefing.mode, asked_at, briefing.passages, metrics)
        return replace(turn, chat_id=self.desk.history.remember(session, turn))
