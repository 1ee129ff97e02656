"""n8n's Chat Trigger with streaming switched on: objects without anything between them, called JSON.

Source: the trigger's own chat page (`@n8n/chat`), `ChatTrigger.node.ts`.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.responses import Response

from emulators.rag_server.agents.product import AgentProduct, as_json
from emulators.rag_server.agents.telling import tagged
from emulators.rag_server.answering.history import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from emulators.rag_server.agents.telling import Json, Telling
    from emulators.rag_server.answering.answerers import Piece, ProviderError

#: Switched off, the trigger answers with what its last node returns.
WHOLE = "knowledge.http.n8n.whole"
WRAPPED = "knowledge.http.n8n.wrapped"
FAULTS = {
    WHOLE: "Streaming is switched off in the trigger: the answer is one JSON document.",
    WRAPPED: "The flow ends with Respond to Webhook: one item whose content is a document.",
}


class N8nApi(AgentProduct):
    """The key is `user:password` of the trigger's Basic authentication."""

    headers: ClassVar = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-cache"}

    def paths(self) -> list[BaseRoute]:
        """See `AgentProduct`."""
        return [self.router.route("POST", "/webhook/{flow}/chat", self._chat, asks=True)]

    def has_key(self, request: Request, api_key: str) -> bool:
        """Basic, as the trigger has it."""
        key = base64.b64encode(api_key.encode()).decode()
        return request.headers.get("authorization", "") == f"Basic {key}"

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - as in Manners
        """Missing: 401, wrong: 403; both in plain words."""
        status = 403 if "authorization" in request.headers else 401
        words = "Authorization data is wrong!" if status == 403 else "Authorization is required!"
        return Response(words, status_code=status, media_type="text/plain")

    def refused(self, status: int, words: str) -> Response:
        """See `AgentProduct`."""
        return as_json(status, {"code": status, "message": words})

    def frame(self, event: Json) -> bytes:
        """Nothing between two objects."""
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()

    def begin(self, telling: Telling) -> Iterable[Json]:
        """Each run of a node begins."""
        yield {"type": "begin", **self._about(telling)}

    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """Thoughts stand in the text, in tags."""
        if not self.knowledge.faults.strikes(WRAPPED):
            yield {"type": "item", "content": tagged(telling, piece), **self._about(telling)}

    def end(self, telling: Telling) -> Iterable[Json]:
        """Each run of a node ends; the body ends after the last one."""
        if self.knowledge.faults.strikes(WRAPPED):
            content = json.dumps({"output": telling.text}, ensure_ascii=False)
            yield {"type": "item", "content": content, **self._about(telling)}
        yield {"type": "end", **self._about(telling)}

    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """In the stream."""
        yield {"type": "error", "content": str(error), **self._about(telling)}

    async def _chat(self, request: Request, body: dict[str, Any]) -> Response:
        if request.path_params["flow"] != "handbook":
            name = f"POST {request.path_params['flow']}/chat"
            return self.refused(404, f'The requested webhook "{name}" is not registered.')
        session = Session("n8n", str(body.get("sessionId") or ""))
        if self.knowledge.faults.strikes(WHOLE):
            answered = await self.whole(body.get("chatInput"), session)
            return as_json(200, {"output": answered.text})
        return self.answer(request, body.get("chatInput"), session=session)

    def _about(self, telling: Telling) -> Json:
        return {"metadata": {"nodeId": telling.id, "nodeName": "AI Agent", "itemIndex": 0, "runIndex": 0}}
