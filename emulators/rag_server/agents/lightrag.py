"""LightRAG's `/query/stream`: a line of JSON each, the references first, and no last word.

Source: `lightrag/api/routers/query_routes.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from emulators.rag_server.agents.product import AgentProduct, as_json
from emulators.rag_server.agents.telling import tagged
from emulators.rag_server.openai.asking import exchanges_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from emulators.rag_server.agents.telling import Json, Telling
    from emulators.rag_server.answering.answerers import Piece, ProviderError

NO_CONTEXT = "knowledge.http.lightrag.no_context"
FAULTS = {NO_CONTEXT: "The retrieval finds nothing: a canned answer on one line."}

_CANNED = "Sorry, I'm not able to provide an answer to that question.[no-context]"
_SHORTEST = 3


class LightRagApi(AgentProduct):
    """The key stands in `X-API-Key`; history is the caller's."""

    key_header = "x-api-key"
    headers: ClassVar = {"Content-Type": "application/x-ndjson", "Cache-Control": "no-cache"}

    def paths(self) -> list[BaseRoute]:
        """See `AgentProduct`."""
        return [
            self.router.route("GET", "/health", self._health, open_to_all=True),
            self.router.route("POST", "/query/stream", self._query, asks=True),
        ]

    def refused(self, status: int, words: str) -> Response:
        """See `AgentProduct`."""
        return as_json(status, {"detail": words})

    def frame(self, event: Json) -> bytes:
        """A line; everything beyond ASCII is escaped."""
        return f"{json.dumps(event)}\n".encode()

    def begin(self, telling: Telling) -> Iterable[Json]:
        """The references come first."""
        if not self._canned(telling):
            yield {"references": self._references(telling)}

    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """A piece of the response."""
        if not self._canned(telling):
            yield {"response": tagged(telling, piece)}

    def end(self, telling: Telling) -> Iterable[Json]:
        """Nothing ends it, but a canned answer is one line."""
        if self._canned(telling):
            yield {"response": _CANNED, "llm_generated": False, "references": []}

    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """A line of its own."""
        del telling
        yield {"error": str(error)}

    def _canned(self, telling: Telling) -> bool:
        del telling
        return self.knowledge.faults.strikes(NO_CONTEXT)

    async def _health(self, _request: Request, _body: dict[str, Any]) -> Response:
        return as_json(200, {"status": "healthy"})

    async def _query(self, request: Request, body: dict[str, Any]) -> Response:
        question = str(body.get("query") or "")
        if sum(2 if character > "\u2e80" else 1 for character in question) < _SHORTEST:
            problem = {"type": "value_error", "loc": ["body"], "msg": "Value error, RAG query is too short."}
            return as_json(422, {"detail": [{**problem, "input": body}]})
        history = body.get("conversation_history")
        earlier = exchanges_of([one for one in history if isinstance(one, dict)] if history else [])
        place = self.knowledge.workspaces["handbook"]
        return self.answer(request, question, turns=self.knowledge.recall(place, earlier))

    def _references(self, telling: Telling) -> list[Json]:
        return [
            {"reference_id": str(number), "file_path": f"{one.title}.md", "content": [one.text]}
            for number, one in enumerate(telling.briefing.passages, 1)
        ]
