"""Langflow's `/api/v1/run/{flow}?stream=true`: objects with a blank line between them.

Source: `api/v1/endpoints.py` and `event_manager.py` of 1.x.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulators.rag_server.agents.product import AgentProduct, as_json
from emulators.rag_server.agents.telling import tagged
from emulators.rag_server.answering.history import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from emulators.rag_server.agents.telling import Json, Telling
    from emulators.rag_server.answering.answerers import Piece, ProviderError

NO_TOKENS = "knowledge.http.langflow.no_tokens"
FAULTS = {NO_TOKENS: "The flow's model does not stream: the text is in the result only."}


class LangflowApi(AgentProduct):
    """The key stands in `x-api-key`."""

    key_header = "x-api-key"

    def paths(self) -> list[BaseRoute]:
        """See `AgentProduct`."""
        return [
            self.router.route("GET", "/health", self._health, open_to_all=True),
            self.router.route("POST", "/api/v1/run/{flow}", self._run, asks=True),
        ]

    def refused(self, status: int, words: str) -> Response:
        """See `AgentProduct`."""
        return as_json(status, {"detail": words})

    def frame(self, event: Json) -> bytes:
        """No `data:`, a blank line behind."""
        return f"{json.dumps(event, ensure_ascii=False)}\n\n".encode()

    def begin(self, telling: Telling) -> Iterable[Json]:
        """The person's own message is told first."""
        yield self._message(telling, "User", telling.briefing.question)

    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """A token."""
        if not self.knowledge.faults.strikes(NO_TOKENS):
            yield {"event": "token", "data": {"chunk": tagged(telling, piece), "id": telling.id}}

    def end(self, telling: Telling) -> Iterable[Json]:
        """The whole message, then the result of the run."""
        yield self._message(telling, "Machine", telling.text)
        yield {"event": "end", "data": {"result": self._result(telling)}}

    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """The stream may end without an `end`."""
        yield {"event": "error", "data": {"error": str(error), "id": telling.id}}

    async def _health(self, _request: Request, _body: dict[str, Any]) -> Response:
        return as_json(200, {"status": "ok"})

    async def _run(self, request: Request, body: dict[str, Any]) -> Response:
        if self.workspace(request.path_params["flow"]) is None:
            return self.refused(404, f"Flow identifier {request.path_params['flow']} not found")
        session = Session("langflow", str(body.get("session_id") or ""))
        if request.query_params.get("stream") != "true":
            return as_json(200, self._result(await self.whole(body.get("input_value"), session)))
        return self.answer(request, body.get("input_value"), session=session)

    def _message(self, telling: Telling, sender: str, text: str) -> Json:
        data = {"id": telling.id, "sender": sender, "text": text, "session_id": "s", "error": False}
        return {"event": "add_message", "data": data}

    def _result(self, telling: Telling) -> Json:
        message = {"message": {"text": telling.text, "sender": "Machine"}}
        inner = {"results": message, "outputs": {"message": {"message": telling.text, "type": "text"}}}
        inputs = {"input_value": telling.briefing.question}
        return {"session_id": "s", "outputs": [{"inputs": inputs, "outputs": [inner]}]}
