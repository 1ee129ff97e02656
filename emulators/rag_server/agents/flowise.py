"""Flowise 3: `data:` events under a line `message:`, with an `event` member.

Source: `SSEStreamer.ts`, the controllers of predictions and feedback.
"""

from __future__ import annotations

import json
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

WHOLE = "knowledge.http.flowise.whole"
FAULTS = {WHOLE: "The flow cannot stream: the answer is one JSON document, whatever was asked for."}

FOLLOW_UPS = ("二线城市的标准是多少？", "怎样申请出差？")


class FlowiseApi(AgentProduct):
    """The key is a bearer's, and only a prediction wants it."""

    def paths(self) -> list[BaseRoute]:
        """See `AgentProduct`."""
        api = "/api/v1"
        return [
            self.router.route("GET", f"{api}/ping", self._ping, open_to_all=True),
            self.router.route("POST", f"{api}/prediction/{{flow}}", self._predict, asks=True),
            self.router.route("POST", f"{api}/feedback", self._feedback, open_to_all=True),
            self.router.route(
                "PUT", f"{api}/chatmessage/abort/{{flow}}/{{session}}", self._abort, open_to_all=True
            ),
        ]

    def refused(self, status: int, words: str) -> Response:
        """See `AgentProduct`."""
        return as_json(status, {"statusCode": status, "success": False, "message": words, "stack": {}})

    def frame(self, event: Json) -> bytes:
        """The line before the data is `message:`; before errors and the end, the bare word."""
        colon = "" if event["event"] in {"error", "end", "abort"} else ":"
        return f"message{colon}\ndata:{json.dumps(event, ensure_ascii=False)}\n\n".encode()

    def begin(self, telling: Telling) -> Iterable[Json]:
        """A start, without anything in it."""
        del telling
        yield {"event": "start", "data": ""}

    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """Tokens and thoughts."""
        del telling
        yield {"event": "thinking" if piece.thought else "token", "data": piece.text}

    def end(self, telling: Telling) -> Iterable[Json]:
        """Sources and metadata come behind the text."""
        if telling.briefing.passages:
            yield {"event": "sourceDocuments", "data": self._documents(telling)}
        yield {"event": "metadata", "data": self._about(telling)}
        yield {"event": "end", "data": "[DONE]"}

    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """An error, and the end all the same."""
        del telling
        yield {"event": "error", "data": str(error)}
        yield {"event": "end", "data": "[DONE]"}

    async def _ping(self, _request: Request, _body: dict[str, Any]) -> Response:
        return as_json(200, "pong")

    async def _predict(self, request: Request, body: dict[str, Any]) -> Response:
        flow = request.path_params["flow"]
        if self.workspace(flow) is None:
            return self.refused(404, f"Chatflow {flow} not found")
        chat = str(body.get("chatId") or "")
        session = Session("flowise", chat)
        uploads = body.get("uploads")
        images = [str(one.get("data")) for one in uploads] if isinstance(uploads, list) else []
        if not body.get("streaming") or self.knowledge.faults.strikes(WHOLE):
            answered = await self.whole(body.get("question"), session)
            sources = self._documents(answered)
            about = {**self._about(answered), "followUpPrompts": json.dumps(FOLLOW_UPS, ensure_ascii=False)}
            return as_json(200, {"text": answered.text, "sourceDocuments": sources, **about})
        return self.answer(request, body.get("question"), session=session, images=images)

    async def _feedback(self, _request: Request, body: dict[str, Any]) -> Response:
        if body.get("rating") not in {"THUMBS_UP", "THUMBS_DOWN"} or not body.get("messageId"):
            return self.refused(500, "Error: feedbackService.createChatMessageFeedback")
        return as_json(200, {"id": "f-1", **body})

    async def _abort(self, _request: Request, _body: dict[str, Any]) -> Response:
        return as_json(200, {"status": 200, "message": "Chat message aborted"})

    def _about(self, telling: Telling) -> Json:
        chat = telling.session.id if telling.session else ""
        return {
            "chatId": chat,
            "chatMessageId": telling.id,
            "question": telling.briefing.question,
            "sessionId": chat,
            "memoryType": "Buffer Memory",
            "followUpPrompts": list(FOLLOW_UPS),
        }

    def _documents(self, telling: Telling) -> list[Json]:
        return [
            {
                "pageContent": one.text,
                "metadata": {"source": f"/opt/flowise/storage/{one.title}", "loc": {"lines": {"from": 1}}},
            }
            for one in telling.briefing.passages
        ]
