"""An agent of one's own that keeps the contract of docs/guides/backends.md: a line of JSON for each part."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from emulators.rag_server.agents.product import AgentProduct, as_json
from emulators.rag_server.answering.history import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from emulators.rag_server.agents.telling import Json, Telling
    from emulators.rag_server.answering.answerers import Piece, ProviderError

FAULTS: dict[str, str] = {}


class NativeApi(AgentProduct):
    """The key is a bearer's."""

    headers: ClassVar = {"Content-Type": "application/x-ndjson", "Cache-Control": "no-cache"}

    def paths(self) -> list[BaseRoute]:
        """See `AgentProduct`."""
        return [self.router.route("POST", "/ask", self._ask, asks=True)]

    def refused(self, status: int, words: str) -> Response:
        """See `AgentProduct`."""
        return as_json(status, {"error": words})

    def frame(self, event: Json) -> bytes:
        """A line."""
        return f"{json.dumps(event, ensure_ascii=False)}\n".encode()

    def begin(self, telling: Telling) -> Iterable[Json]:
        """What this conversation and this answer are called."""
        session = telling.session.id if telling.session else ""
        yield {"type": "ids", "conversation": session, "message": telling.id}

    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """Text or thoughts."""
        del telling
        yield {"type": "reasoning" if piece.thought else "delta", "text": piece.text}

    def end(self, telling: Telling) -> Iterable[Json]:
        """Sources, and the end."""
        items = [{"title": one.title, "excerpt": one.text} for one in telling.briefing.passages]
        yield {"type": "citations", "items": items}
        yield {"type": "suggestions", "items": ["怎样申请出差？"]}
        yield {"type": "end"}

    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """An error, after which nothing comes."""
        del telling
        yield {"type": "error", "message": str(error)}

    async def _ask(self, request: Request, body: dict[str, Any]) -> Response:
        conversation = str(body.get("conversation") or uuid.uuid4())
        files = body.get("files") or []
        images = [str(one.get("url")) for one in files if str(one.get("type")).startswith("image/")]
        session = Session("native", conversation)
        return self.answer(request, body.get("question"), session=session, images=images)
