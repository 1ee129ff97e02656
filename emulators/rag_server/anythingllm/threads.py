"""Threads: conversations within a workspace that the product's own pages show, too."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from emulators.rag_server.answering.history import Conversation, Session
from emulators.rag_server.anythingllm import wire
from emulators.rag_server.anythingllm.asking import refusal
from emulators.rag_server.anythingllm.versions import V1_11
from emulators.rag_server.http.router import RejectedError
from emulators.rag_server.http.streaming import EventStream, single
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.anythingllm.chatting import Chatting
    from emulators.rag_server.retrieval.workspaces import Workspace

#: The accounts of the multi-user mode, by their numbers.
ACCOUNTS = ("1", "2")

#: What 1.8 to 1.16 stream, without a Content-Type, when the workspace of a thread is unknown.
_NULL = "Cannot read properties of null (reading 'id')"


@dataclass(frozen=True)
class Threads:
    """The paths below `…/thread`; unlike sessions, a thread must be begun before it is used."""

    knowledge: KnowledgeBase
    chatting: Chatting
    multi_user: bool = False

    async def begin(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/thread/new` `{name?, slug?, userId?}`; an account that is not there keeps no thread."""
        workspace = self._workspace(request)
        slug = well_formed(str(body.get("slug") or uuid.uuid4()))
        owner = self._user(body)
        if owner and owner not in ACCOUNTS:
            return JSONResponse({"thread": None, "message": "Foreign key constraint failed on the field"})
        return self._kept(workspace, slug, well_formed(str(body.get("name") or "Thread")), owner)

    async def rename(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/thread/{thread}/update` `{name}`."""
        thread = self._thread(request)
        if thread is None:
            return _bad_request()
        name = well_formed(str(body.get("name")))
        return self._kept(self._workspace(request), thread.id, name, thread.owner)

    async def delete(self, request: Request, _body: dict[str, Any]) -> Response:
        """`DELETE …/thread/{thread}`."""
        self.knowledge.history.forget(self._workspace(request).slug, request.path_params["thread"])
        return PlainTextResponse("OK")

    async def chats(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET …/thread/{thread}/chats`."""
        thread = self._thread(request)
        if thread is None:
            return _bad_request()
        session = _session(self._workspace(request), thread.id, thread.owner)
        turns = self.knowledge.history.listed(session, limit=100, order="asc")
        return JSONResponse({"history": wire.history_entries(turns)})

    async def chat(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/thread/{thread}/chat`; a workspace or thread that does not exist is a 404.

        In 1.8 the missing workspace is a 500.
        """
        old = self.chatting.version < V1_11 and request.path_params["slug"] not in self.knowledge.workspaces
        if old:
            raise refusal(500, _NULL)
        return await self._answer(request, body, unknown=404, streamed=False)

    async def stream_chat(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/thread/{thread}/stream-chat`; a thread that does not exist is a 400."""
        if request.path_params["slug"] not in self.knowledge.workspaces:
            return EventStream(single(wire.event_bytes(wire.abort(_NULL))), self.knowledge.faults, {})
        return await self._answer(request, body, unknown=400, streamed=True)

    async def _answer(
        self, request: Request, body: dict[str, Any], *, unknown: int, streamed: bool
    ) -> Response:
        slug, name = request.path_params["slug"], request.path_params["thread"]
        workspace, thread = self.knowledge.workspaces.get(slug), self._thread(request)
        if workspace is None or thread is None:
            raise refusal(unknown, f"Workspace {slug} or thread {name} is not valid.")
        session = _session(workspace, thread.id, self._user(body))
        return await self.chatting.answer(request, body, workspace, streamed=streamed, thread=session)

    def _user(self, body: dict[str, Any]) -> str:
        """The account that a request is for; without multi-user mode there are none."""
        user = body.get("userId")
        return str(user) if self.multi_user and user else ""

    def _kept(self, workspace: Workspace, slug: str, name: str, owner: str) -> Response:
        thread = Conversation(slug, owner, name, self.knowledge.now())
        self.knowledge.history.begin(workspace.slug, thread)
        return JSONResponse({"thread": wire.thread_entry(workspace, thread), "message": None})

    def _thread(self, request: Request) -> Conversation | None:
        return self.knowledge.history.conversation(request.path_params["slug"], request.path_params["thread"])

    def _workspace(self, request: Request) -> Workspace:
        workspace = self.knowledge.workspaces.get(request.path_params["slug"])
        if workspace is None:
            raise RejectedError(_bad_request())
        return workspace


def _session(workspace: Workspace, thread: str, user: str) -> Session:
    # A scope of its own: no caller's sessionId can lead there. Within a thread the turns of one account are
    # the history of that account only.
    return Session(f"{workspace.slug}/{thread}", user or None)


def _bad_request() -> Response:
    return PlainTextResponse("Bad Request", status_code=400)
