"""MaxKB 2: a chat is opened, asked, and its record looked into for the sources.

Source: `apps/chat/urls.py`, `serializers/chat.py` and `chat_record.py` of v2; errors of the model are text.
"""

from __future__ import annotations

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

GONE = "knowledge.http.maxkb.gone"
FAULTS = {GONE: "The chat is not there any more: its cache has expired before it was used."}

_SCOPE = "maxkb"


class MaxKbApi(AgentProduct):
    """The key is a bearer's."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._votes: dict[str, str] = {}

    def paths(self) -> list[BaseRoute]:
        """See `AgentProduct`."""
        api = "/chat/api"
        return [
            self.router.route("GET", f"{api}/application/profile", self._profile),
            self.router.route("GET", f"{api}/open", self._open),
            self.router.route("POST", f"{api}/chat_message/{{session}}", self._chat, asks=True),
            self.router.route(
                "GET", f"{api}/historical_conversation/{{session}}/record/{{record}}", self._record
            ),
            self.router.route("PUT", f"{api}/vote/chat/{{session}}/chat_record/{{record}}", self._vote),
        ]

    def refused(self, status: int, words: str) -> Response:
        """A bad key is a 401; what goes wrong in the application is a 200 with a code."""
        known = {401: 1002, 404: 404}
        return as_json(status, {"code": known.get(status, 500), "message": words, "data": None})

    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """Text or reasoning."""
        yield self._chunk(
            telling,
            content="" if piece.thought else piece.text,
            reasoning_content=piece.text if piece.thought else "",
        )

    def end(self, telling: Telling) -> Iterable[Json]:
        """An empty piece that says so."""
        yield self._chunk(telling, is_end=True, completion_tokens=40, prompt_tokens=900)

    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """As text, and then the usual end."""
        yield self._chunk(telling, content=f"Exception:{error}")
        yield self._chunk(telling, is_end=True)

    async def _profile(self, _request: Request, _body: dict[str, Any]) -> Response:
        return _done({"id": "app", "name": "handbook"})

    async def _open(self, _request: Request, _body: dict[str, Any]) -> Response:
        return _done(self.open(_SCOPE, "", str(uuid.uuid4())).id)

    async def _chat(self, request: Request, body: dict[str, Any]) -> Response:
        session = request.path_params["session"]
        known = self.knowledge.history.conversation(_SCOPE, session)
        if known is None or self.knowledge.faults.strikes(GONE):
            return self._failure("Conversation does not exist")
        return self.answer(request, body.get("message"), session=Session(_SCOPE, session))

    async def _record(self, request: Request, _body: dict[str, Any]) -> Response:
        found = self.knowledge.history.message(_SCOPE, request.path_params["record"])
        if found is None:
            return self._failure("Conversation record does not exist")
        paragraphs = [
            {
                "id": f"{one.document}-{one.position}",
                "title": "",
                "content": one.text,
                "document_name": one.title,
                "knowledge_name": "员工手册",
                "similarity": one.score,
            }
            for one in found[1].passages
        ]
        return _done({"id": request.path_params["record"], "paragraph_list": paragraphs})

    async def _vote(self, request: Request, body: dict[str, Any]) -> Response:
        record, vote = request.path_params["record"], str(body.get("vote_status"))
        if vote != "-1" and self._votes.get(record, "-1") != "-1":
            return self._failure("Already voted, please cancel first and then vote again")
        self._votes[record] = vote
        return _done({"vote_status": vote})

    def _failure(self, words: str) -> Response:
        return as_json(200, {"code": 500, "message": words, "data": None})

    def _chunk(self, telling: Telling, **said: object) -> Json:
        return {
            "chat_id": telling.session.id if telling.session else "",
            "chat_record_id": telling.id,
            "operate": True,
            "content": "",
            "node_id": "ai-chat-node",
            "up_node_id_list": [],
            "is_end": False,
            "usage": {"completion_tokens": 0, "prompt_tokens": 0, "total_tokens": 0},
            "reasoning_content": "",
            **said,
        }


def _done(data: object) -> Response:
    return as_json(200, {"code": 200, "message": "成功", "data": data})
