"""What the products of this folder have in common: a door, a path that asks, a session, a stream."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from emulators.rag_server.agents.telling import Telling, told
from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.answering.history import Conversation, Session
from emulators.rag_server.http.router import CheckedRouter, bearer
from emulators.rag_server.http.streaming import EventStream
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from emulators.rag_server.answering.answerers import Piece, ProviderError
    from emulators.rag_server.answering.history import Turn
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.retrieval.workspaces import Workspace

Json = dict[str, Any]


class AgentProduct(ABC):
    """See `Api`, `Manners` and `Script`: one object is all three. Each product says what is different.

    key_header: where the key stands; "" is `Authorization: Bearer`.
    headers: of a stream.
    """

    key_header = ""
    headers: ClassVar[Mapping[str, str]] = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}

    def __init__(self, knowledge: KnowledgeBase, api_key: str, app: str, version: str) -> None:
        self.knowledge = knowledge
        self.app = app
        self.version = version
        self.router = CheckedRouter(api_key, knowledge.faults, self)

    @abstractmethod
    def paths(self) -> list[BaseRoute]:
        """Every path that there is."""

    @abstractmethod
    def refused(self, status: int, words: str) -> Response:
        """A refusal in the product's form."""

    @abstractmethod
    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """See `Script`."""

    @abstractmethod
    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """See `Script`."""

    def begin(self, telling: Telling) -> Iterable[Json]:  # noqa: ARG002 - most begin with a piece
        """See `Script`."""
        return ()

    def end(self, telling: Telling) -> Iterable[Json]:  # noqa: ARG002 - some only stop
        """See `Script`."""
        return ()

    def frame(self, event: Json) -> bytes:
        """See `Script`."""
        return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()

    def routes(self) -> list[BaseRoute]:
        """See `Api`."""
        return [*self.paths(), Mount("/", app=self.router.page(self.refused(404, "Not Found")))]

    async def close(self) -> None:  # noqa: B027 - of these products none has anything to end
        """Nothing runs on its own."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """See `Manners`."""
        if not self.key_header:
            return bearer(request, api_key)
        return request.headers.get(self.key_header, "") == api_key

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - the same for all
        """See `Manners`."""
        return self.refused(401, "Invalid API key")

    def bad_json(self) -> Response:
        """See `Manners`."""
        return self.refused(400, "Unexpected token in JSON")

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - as above
        """See `Manners`."""
        return self.refused(404, "Not found")

    def broken(self, status: int) -> Response:
        """See `Manners`."""
        return self.refused(status, "Internal Server Error")

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """See `Manners`."""
        question = next((body[name] for name in QUESTIONS if isinstance(body.get(name), str)), None)
        session = next((body[name] for name in SESSIONS if isinstance(body.get(name), str)), None)
        return session or request.path_params.get("session"), question

    def answer(
        self,
        request: Request,
        question: object,
        *,
        workspace: str = "handbook",
        session: Session | None = None,
        turns: Sequence[Turn] | None = None,
        images: Sequence[str] = (),
    ) -> Response:
        """The stream of the answer. turns: what the caller remembers, in place of a session."""
        telling = self._telling(question, workspace, session, turns, images)
        return EventStream(told(request, self, telling), self.knowledge.faults, self.headers)

    async def whole(self, question: object, session: Session | None) -> Telling:
        """The answer when it is not streamed; raises as `Telling.pieces`."""
        telling = self._telling(question, "handbook", session, None, ())
        async with aclosing(telling.pieces()) as pieces:
            async for _ in pieces:
                pass
        return telling

    def _telling(
        self,
        question: object,
        workspace: str,
        session: Session | None,
        turns: Sequence[Turn] | None,
        images: Sequence[str],
    ) -> Telling:
        place = self.knowledge.workspaces[workspace]
        if turns is None:
            turns = self.knowledge.history.window(session, place.history_window) if session else ()
        briefing = prepare(place, well_formed(str(question)), "chat", turns, images=images)
        return Telling(self.knowledge, briefing, session)

    def open(self, scope: str, owner: str, session_id: str) -> Session:
        """Begin a conversation."""
        self.knowledge.history.begin(scope, Conversation(session_id, owner, "", self.knowledge.now()))
        return Session(scope, session_id)

    def workspace(self, name: str) -> Workspace | None:
        """The workspace that a flow, an agent or a knowledge base of this name stands for."""
        return self.knowledge.workspaces.get(name)


def as_json(status: int, document: object) -> Response:
    """A document."""
    return JSONResponse(document, status_code=status)


#: The members that hold the question, and the session's name, in any of the products.
QUESTIONS = ("chatInput", "input_value", "question", "query", "message")
SESSIONS = ("sessionId", "session_id", "chatId", "session")
