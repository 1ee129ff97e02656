"""One question's reply, whole or as a stream, in the event order of AnythingLLM 1.16."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response, StreamingResponse

from . import wire
from .answerers import ProviderError
from .hangup import hang_up
from .history import Turn
from .misbehaviour import BrokenConnectionError, suffering

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import Send

    from local.faults import FaultBoard

    from .answerers import Answerer
    from .briefing import Briefing
    from .history import History


class EventStream(StreamingResponse):
    """Server-sent events with the product's headers; the generator is closed once the client is gone."""

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        # Given as headers, because Starlette adds a charset to a media type and the product sends none.
        super().__init__(
            events,
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-cache",
                "Connection": "keep-alive",
            },
        )
        self._events = events

    async def stream_response(self, send: Send) -> None:
        """Send the events one by one."""
        async with aclosing(self._events):
            await super().stream_response(send)


async def one_event(event: wire.Json) -> AsyncGenerator[bytes, None]:
    """A stream of a single event, as refusals and resets are sent."""
    yield wire.event_bytes(event)


@dataclass(frozen=True)
class Replier:
    """Answers briefings and remembers the turns."""

    answerer: Answerer
    history: History
    faults: FaultBoard
    sleep: Callable[[float], Awaitable[None]]
    now: Callable[[], float]

    def refuse(self, briefing: Briefing, session: str | None) -> wire.Json:
        """The refusal of query mode: stored, but not part of what follows."""
        text = briefing.workspace.refusal_text
        turn = Turn(briefing.question, text, briefing.mode, self.now())
        self.history.remember(briefing.workspace.slug, session, turn, include=False)
        return wire.complete_answer(text, sources=[], metrics={})

    async def whole(self, request: Request, briefing: Briefing, session: str | None) -> Response:
        """The blocking answer."""
        asked_at, text = self.now(), ""
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
            wire.complete_answer(text, sources=turn.sources, metrics=turn.metrics, chat_id=turn.chat_id)
        )

    async def events(
        self, request: Request, briefing: Briefing, session: str | None
    ) -> AsyncGenerator[bytes, None]:
        """The streamed answer: chunks, an empty closing chunk, `finalizeResponseStream`.

        A model that fails before its first piece leaves one `abort`; one that fails midway leaves an `abort`
        and then the normal last event, with the truncated text stored, as it is when the client goes away.
        """
        stream, asked_at, text, turn = str(uuid.uuid4()), self.now(), "", None
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
        return suffering(self.answerer.answer(briefing), self.faults, self.sleep)

    def _remember(self, briefing: Briefing, session: str | None, text: str, asked_at: float) -> Turn:
        metrics = wire.metrics(
            "\n".join([*briefing.context, briefing.question]),
            text,
            seconds=self.now() - asked_at,
            model=self.answerer.model,
            provider=self.answerer.provider,
            at=asked_at,
        )
        turn = Turn(briefing.question, text, briefing.mode, asked_at, briefing.sources, metrics)
        return replace(turn, chat_id=self.history.remember(briefing.workspace.slug, session, turn))
