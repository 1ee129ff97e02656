"""What can be done with answers afterwards: feedback, suggestions, and looking through conversations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.history import Conversation, Session
from emulators.rag_server.dify.answering import SCOPE, conversation_gone
from emulators.rag_server.dify.answers import wire
from emulators.rag_server.dify.asking import user_of
from emulators.rag_server.dify.errors import rejected
from emulators.rag_server.dify.faults import NO_SUGGESTIONS
from emulators.rag_server.dify.versions import V0_15, V1_12
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulators.rag_server.answering.history import Turn
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.versions import Version

_SUGGESTIONS = 3


@dataclass(frozen=True)
class Feedback:
    """What a person thought of an answer. rating: `like` or `dislike`."""

    rating: str
    content: str


@dataclass(frozen=True)
class Messages:
    """The endpoints below `/messages` and `/conversations`."""

    knowledge: KnowledgeBase
    version: Version
    flow: bool
    ratings: dict[str, Feedback] = field(default_factory=dict)

    async def rate(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /messages/{id}/feedbacks` `{rating, user, content}`; null takes a rating back."""
        turn = self._message(request, user_of(body.get("user")))
        rating = body.get("rating")
        if rating is None:
            if self.ratings.pop(turn.message_id, None) is None:
                raise rejected("invalid_param", "rating cannot be None when feedback not exists")
        elif rating in ("like", "dislike"):
            # What was written with it is not looked at in 0.x.
            content = "" if self.version < V1_12 else well_formed(str(body.get("content") or ""))
            self.ratings[turn.message_id] = Feedback(rating, content)
        else:
            raise rejected("invalid_param", f"{rating} is not a valid choice")
        return JSONResponse({"result": "success"})

    async def suggest(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET /messages/{id}/suggested?user=`: sections of the cited documents that were not cited."""
        turn = self._message(request, user_of(request.query_params.get("user")))
        if self.knowledge.faults.strikes(NO_SUGGESTIONS):
            raise rejected("bad_request", "Suggested Questions Is Disabled.")
        documents = {passage.document for passage in turn.passages}
        cited = {(passage.document, passage.position) for passage in turn.passages}
        questions = dict.fromkeys(
            f"{chunk.document.title}里，{chunk.headings[-1]}是怎么规定的？"
            for chunk in self.knowledge.workspaces["handbook"].index.chunks
            if chunk.document.name in documents
            and chunk.headings
            and (chunk.document.name, chunk.position) not in cited
        )
        return JSONResponse({"result": "success", "data": list(questions)[:_SUGGESTIONS]})

    async def listed(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET /messages?conversation_id=&user=&limit=`: oldest first."""
        conversation = self._conversation(
            request.query_params.get("conversation_id", ""), user_of(request.query_params.get("user"))
        )
        session = Session(SCOPE, conversation.id)
        turns = self.knowledge.history.listed(session, limit=_limit(request) + 1, order="desc")
        shown, dataset = turns[: _limit(request)][::-1], self.knowledge.workspaces["handbook"].name
        entries = [
            wire.message_entry(
                turn,
                conversation.id,
                self._rating(turn.message_id),
                wire.resources(turn.passages, dataset, self.version, flow=self.flow),
            )
            for turn in shown
        ]
        return JSONResponse({"limit": _limit(request), "has_more": len(turns) > len(shown), "data": entries})

    async def conversations(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET /conversations?user=&limit=`: newest first."""
        user = user_of(request.query_params.get("user"))
        own = [one for one in self.knowledge.history.conversations(SCOPE) if one.owner == user][::-1]
        shown = [_entry(one) for one in own[: _limit(request)]]
        return JSONResponse({"limit": _limit(request), "has_more": len(own) > len(shown), "data": shown})

    async def rename(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /conversations/{id}/name` `{name, auto_generate, user}`."""
        known = self._conversation(request.path_params["conversation"], user_of(body.get("user")))
        renamed = replace(known, name=well_formed(str(body.get("name") or known.name)))
        self.knowledge.history.begin(SCOPE, renamed)
        return JSONResponse(_entry(renamed))

    async def delete(self, request: Request, body: dict[str, Any]) -> Response:
        """`DELETE /conversations/{id}` `{user}`: since 1.12 a 204, and again 204.

        0.15 answers with JSON, 0.6 with an object of nulls; a conversation deleted there goes on answering.
        """
        user_of(body.get("user"))
        if self.version < V0_15:
            return JSONResponse(
                dict.fromkeys(("id", "name", "inputs", "status", "introduction", "created_at"))
            )
        self.knowledge.history.forget(SCOPE, request.path_params["conversation"])
        return JSONResponse({"result": "success"}) if self.version < V1_12 else Response(status_code=204)

    def _message(self, request: Request, user: str) -> Turn:
        found = self.knowledge.history.message(SCOPE, request.path_params["message"])
        if found is None or found[1].metrics["user"] != user:
            raise rejected("not_found", "Message Not Exists.")
        return found[1]

    def _conversation(self, conversation: str, user: str) -> Conversation:
        known = self.knowledge.history.conversation(SCOPE, conversation)
        if known is None or known.owner != user:
            raise conversation_gone("/v1/conversations", self.version)
        return known

    def _rating(self, message: str) -> str | None:
        feedback = self.ratings.get(message)
        return feedback.rating if feedback else None


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", "")
    return max(1, min(100, int(given))) if given.isdecimal() else 20


def _entry(conversation: Conversation) -> wire.Json:
    return {
        "id": conversation.id,
        "name": conversation.name,
        "inputs": {},
        "status": "normal",
        "introduction": "",
        "created_at": int(conversation.begun_at),
        "updated_at": int(conversation.begun_at),
    }
