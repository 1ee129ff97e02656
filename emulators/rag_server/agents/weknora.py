"""WeKnora: a session is made first; named pieces of an answer, of which only `complete` ends the turn.

Source: `docs/api/chat.md`, `internal/types/chat.go`.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

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

_SCOPE = "weknora"


class WeKnoraApi(AgentProduct):
    """The key stands in `X-API-Key`."""

    key_header = "x-api-key"

    def paths(self) -> list[BaseRoute]:
        """See `AgentProduct`."""
        api = "/api/v1"
        return [
            self.router.route("POST", f"{api}/sessions", self._begin),
            self.router.route("POST", f"{api}/knowledge-chat/{{session}}", self._chat, asks=True),
            self.router.route("POST", f"{api}/sessions/{{session}}/stop", self._stop),
        ]

    def refused(self, status: int, words: str) -> Response:
        """See `AgentProduct`."""
        error = {"code": 1000 + status, "message": words, "details": None}
        return as_json(status, {"success": False, "error": error})

    def frame(self, event: Json) -> bytes:
        """Every event has one name; what it is stands inside."""
        return f"event: message\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()

    def begin(self, telling: Telling) -> Iterable[Json]:
        """Who answers, and what it found."""
        session = telling.session.id if telling.session else ""
        yield self._part(telling, "agent_query", session_id=session, assistant_message_id=telling.id)
        rows = [
            {
                "id": f"{one.document}-{one.position}",
                "content": one.text,
                "knowledge_id": one.document,
                "knowledge_title": one.title,
                "knowledge_filename": f"{one.document}.md",
                "score": one.score,
            }
            for one in telling.briefing.passages
        ]
        if rows:
            yield self._part(telling, "references", knowledge_references=rows)

    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """Text or thoughts."""
        yield self._part(telling, "thinking" if piece.thought else "answer", piece.text)

    def end(self, telling: Telling) -> Iterable[Json]:
        """The answer is done, and then the turn."""
        yield self._part(telling, "answer", done=True)
        yield self._part(telling, "complete", done=True)

    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """An error, which is done, too."""
        yield self._part(telling, "error", str(error), done=True)

    async def _begin(self, _request: Request, _body: dict[str, Any]) -> Response:
        session = self.open(_SCOPE, "", str(uuid.uuid4()))
        return as_json(201, {"success": True, "data": {"id": session.id, "title": ""}})

    async def _chat(self, request: Request, body: dict[str, Any]) -> Response:
        session = request.path_params["session"]
        if self.knowledge.history.conversation(_SCOPE, session) is None:
            return self.refused(404, "Session not found")
        bases = body.get("knowledge_base_ids") or ["handbook"]
        if not isinstance(bases, list) or self.workspace(str(bases[0])) is None:
            return self.refused(404, "Knowledge base not found")
        return self.answer(request, body.get("query"), session=Session(_SCOPE, session))

    async def _stop(self, _request: Request, body: dict[str, Any]) -> Response:
        if not body.get("message_id"):
            return self.refused(400, "message_id is required")
        return as_json(200, {"success": True, "message": "Generation stopped"})

    def _part(self, telling: Telling, kind: str, content: str = "", **more: object) -> Json:
        part = {"id": telling.id, "response_type": kind, "content": content, "done": False}
        return {**part, "knowledge_references": None, **more}
