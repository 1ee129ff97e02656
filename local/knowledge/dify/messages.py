"""What can be done with answers afterwards: feedback, suggestions, and looking through conversations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from local.knowledge.history import Conversation, Session
from local.knowledge.tokens import well_formed

from . import wire
from .answering import SCOPE, conversation_gone
from .asking import user_of
from .errors import rejected
from .faults import NO_SUGGESTIONS

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.knowledge.desk import Desk
    from local.knowledge.history import Turn

_SUGGESTIONS = 3


@dataclass(frozen=True)
class Feedback:
    """What somebody thought of an answer. rating: `like` or `dislike`."""

    rating: str
    content: str


@dataclass(frozen=True)
class Messages:
    """The endpoints below `/messages` and `/conversations`."""

    desk: Desk
    ratings: dict[str, Feedback] = field(default_factory=dict)

    async def rate(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /messages/{id}/feedbacks` `{rating, user, content}`; null takes a rating back."""
        turn = self._message(request, user_of(body.get("user")))
        rating = body.get("rating")
        if rating is None:
            if self.ratings.pop(turn.message_id, None) is None:
                raise rejected("invalid_param", "rating cannot be None when feedback not exists")
        elif rating in ("like", "dislike"):
            self.ratings[turn.message_id] = Feedback(rating, well_formed(str(body.get("content") or "")))
        else:
            raise rejected("invalid_param", f"{rating} is not a valid choice")
        return JSONResponse({"result": "success"})

    async def suggest(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET /messages/{id}/suggested?user=`: sections of the cited documents that were not cited."""
        turn = self._message(request, user_of(request.query_params.get("user")))
        if self.desk.faults.strikes(NO_SUGGESTIONS):
            raise rejected("bad_request", "Suggested Questions Is Disabled.")
        documents = {passage.document for passage in turn.passages}
        cited = {(passage.document, passage.position) for passage in turn.passages}
        questions = dict.fromkeys(
            f"{chunk.document.title}里，{chunk.headings[-1]}是怎么规定的？"
            for chunk in self.desk.workspaces["handbook"].index.chunks
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
        turns = self.desk.history.listed(session, limit=_limit(request) + 1, order="desc")
        shown, dataset = turns[: _limit(request)][::-1], self.desk.workspaces["handbook"].name
        entries = [
            wire.message_entry(turn, conversation.id, self._rating(turn.message_id), dataset)
            for turn in shown
        ]
        return JSONResponse({"limit": _limit(request), "has_more": len(turns) > len(shown), "data": entries})

    async def conversations(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET /conversations?user=&limit=`: newest first."""
        user = user_of(request.query_params.get("user"))
        own = [one for one in self.desk.history.conversations(SCOPE) if one.owner == user][::-1]
        shown = [_entry(one) for one in own[: _limit(request)]]
        return JSONResponse({"limit": _limit(request), "has_more": len(own) > len(shown), "data": shown})

    async def rename(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /conversations/{id}/name` `{name, auto_generate, user}`."""
        known = self._conversation(request.path_params["conversation"], user_of(body.get("user")))
        renamed = replace(known, name=well_formed(str(body.get("name") or known.name)))
        self.desk.history.begin(SCOPE, renamed)
        return JSONResponse(_entry(renamed))

    async def delete(self, request: Request, body: dict[str, Any]) -> Response:
        """`DELETE /conversations/{id}` `{user}`: 204, and again 204."""
        user_of(body.get("user"))
        self.desk.history.forget(SCOPE, request.path_params["conversation"])
        return Response(status_code=204)

    def _message(self, request: Request, user: str) -> Turn:
        found = self.desk.history.message(SCOPE, request.path_params["message"])
        if found is None or found[1].metrics["user"] != user:
            raise rejected("not_found", "Message Not Exists.")
        return found[1]

    def _conversation(self, conversation: str, user: str) -> Conversation:
        known = self.desk.history.conversation(SCOPE, conversation)
        if known is None or known.owner != user:
            raise conversation_gone("/v1/conversations")
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
