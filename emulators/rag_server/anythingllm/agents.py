"""Answers of agents: other ids, thoughts, and the text up to three times."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.answerers import ProviderError
from emulators.rag_server.answering.thinking import in_tags
from emulators.rag_server.anythingllm import wire
from emulators.rag_server.anythingllm.replies import whole_text
from emulators.rag_server.anythingllm.versions import V1_11, V1_12, V1_16
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from starlette.requests import Request

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.history import Session
    from emulators.rag_server.anythingllm.replies import Replier
    from emulators.rag_server.versions import Version

COMMAND = "@agent"

_THOUGHTS = ("Agent @agent invoked.", "@agent is executing `rag-memory` tool.")


@dataclass(frozen=True)
class Agent:
    """Answers briefings as an agent does."""

    replier: Replier
    version: Version

    async def whole(self, request: Request, briefing: Briefing, session: Session) -> Response:
        """The blocking answer, which names no chat."""
        asked_at = self.replier.knowledge.now()
        text = await whole_text(request, in_tags(self.replier.knowledge.pieces(briefing)))
        if isinstance(text, Response):
            return text
        self.replier.remember(briefing, session, text, asked_at)
        answer = wire.complete_answer(text, sources=self._sources(briefing), metrics={})
        return JSONResponse({**answer, **self._work()})

    async def events(
        self, request: Request, briefing: Briefing, session: Session
    ) -> AsyncGenerator[bytes, None]:
        """Thoughts, chunks, the whole text, and a last event with the text once more.

        1.8 does not stream: it says the whole text at once. A failure is an `abort` and the end.
        """
        stream, asked_at, text, kept = str(uuid.uuid4()), self.replier.knowledge.now(), "", False
        try:
            for thought in _THOUGHTS:
                yield wire.event_bytes(_event(stream, "agentThought", thought=thought, close=False))
            async with aclosing(in_tags(self.replier.knowledge.pieces(briefing))) as pieces:
                async for piece in pieces:
                    text += piece
                    if self.version >= V1_11:
                        chunk = _event(stream, "textResponseChunk", textResponse=piece, close=False)
                        yield wire.event_bytes(chunk)
            if self.version >= V1_12:
                spent = {
                    "prompt_tokens": briefing.prompt_tokens,
                    "model": self.replier.knowledge.answerer.model,
                }
                yield wire.event_bytes(_event(stream, "usageMetrics", metrics=spent, close=False))
            if text:
                self.replier.remember(briefing, session, text, asked_at)
                kept = True
            for event in self._ends(stream, briefing, text):
                yield wire.event_bytes(event)
        except ProviderError as error:
            yield wire.event_bytes(_event(stream, "abort", textResponse=None, close=True, error=str(error)))
        except BrokenConnectionError:
            await hang_up(request)
        finally:
            if text and not kept:
                self.replier.remember(briefing, session, text, asked_at)

    def _ends(self, stream: str, briefing: Briefing, text: str) -> Iterator[wire.Json]:
        yield _event(stream, "textResponse", textResponse=text, close=True)
        yield {
            "uuid": stream,
            "type": "finalizeResponseStream",
            "textResponse": text,
            "close": True,
            "error": False,
            **self._work(),
            **({"sources": self._sources(briefing)} if self.version >= V1_16 else {}),
        }

    def _work(self) -> wire.Json:
        return {"thoughts": list(_THOUGHTS), **({"outputs": []} if self.version >= V1_12 else {})}

    def _sources(self, briefing: Briefing) -> list[wire.Json]:
        # A stream named none before July 2026; what a blocking answer named then is taken to be the same.
        return [wire.source(one) for one in briefing.passages] if self.version >= V1_16 else []


def _event(stream: str, kind: str, *, close: bool, error: str | None = None, **more: object) -> wire.Json:
    return {"id": stream, "type": kind, "sources": [], **more, "close": close, "error": error}
