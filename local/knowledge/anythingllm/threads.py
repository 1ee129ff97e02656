"""Threads: conversations within a workspace that the product's own pages show, too."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.knowledge.door import RejectedError
from local.knowledge.history import Conversation, Session
from local.knowledge.streaming import EventStream, single
from local.knowledge.tokens import well_formed

from . import wire
from .asking import refusal

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.knowledge.desk import Desk
    from local.knowledge.workspaces import Workspace

    from .chatting import Chatting

#: What 1.8 to 1.16 stream, without a Content-Type, when the workspace of a thread is unknown.
_NULL = "Cannot read properties of null (reading 'id')"


@dataclass(frozen=True)
class Threads:
    """The paths below `…/thread`; unlike sessions, a thread must be begun before it is used."""

    desk: Desk
    chatting: Chatting

    async def begin(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/thread/new` `{name?, slug?, userId?}`."""
        workspace = self._workspace(request)
        slug = well_formed(str(body.get("slug") or uuid.uuid4()))
        return self._kept(workspace, slug, well_formed(str(body.get("name") or "Thread")))

    async def rename(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/thread/{thread}/update` `{name}`."""
        thread = self._thread(request)
        if thread is None:
            return _bad_request()
        return self._kept(self._workspace(request), thread.id, well_formed(str(body.get("name"))))

    async def delete(self, request: Request, _body: dict[str, Any]) -> Response:
        """`DELETE …/thread/{thread}`."""
        self.desk.history.forget(self._workspace(request).slug, request.path_params["thread"])
        return PlainTextResponse("OK")

    async def chats(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET …/thread/{thread}/chats`."""
        thread = self._thread(request)
        if thread is None:
            return _bad_request()
        turns = self.desk.history.listed(
            _session(self._workspace(request), thread.id), limit=100, order="asc"
        )
        return JSONResponse({"history": wire.history_entries(turns)})

    async def chat(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/thread/{thread}/chat`; a workspace or thread that does not exist is a 404."""
        return await self._answer(request, body, unknown=404, streamed=False)

    async def stream_chat(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/thread/{thread}/stream-chat`; a thread that does not exist is a 400."""
        if request.path_params["slug"] not in self.desk.workspaces:
            return EventStream(single(wire.event_bytes(wire.abort(_NULL))), self.desk.faults, {})
        return await self._answer(request, body, unknown=400, streamed=True)

    async def _answer(
        self, request: Request, body: dict[str, Any], *, unknown: int, streamed: bool
    ) -> Response:
        slug, name = request.path_params["slug"], request.path_params["thread"]
        workspace, thread = self.desk.workspaces.get(slug), self._thread(request)
        if workspace is None or thread is None:
            raise refusal(unknown, f"Workspace {slug} or thread {name} is not valid.")
        session = _session(workspace, thread.id)
        return await self.chatting.answer(request, body, workspace, streamed=streamed, thread=session)

    def _kept(self, workspace: Workspace, slug: str, name: str) -> Response:
        thread = Conversation(slug, "", name, self.desk.now())
        self.desk.history.begin(workspace.slug, thread)
        return JSONResponse({"thread": wire.thread_entry(workspace, thread), "message": None})

    def _thread(self, request: Request) -> Conversation | None:
        return self.desk.history.conversation(request.path_params["slug"], request.path_params["thread"])

    def _workspace(self, request: Request) -> Workspace:
        workspace = self.desk.workspaces.get(request.path_params["slug"])
        if workspace is None:
            raise RejectedError(_bad_request())
        return workspace


def _session(workspace: Workspace, thread: str) -> Session:
    # A scope of its own: no caller's sessionId can lead there.
    return Session(f"{workspace.slug}/{thread}")


def _bad_request() -> Response:
    return PlainTextResponse("Bad Request", status_code=400)
