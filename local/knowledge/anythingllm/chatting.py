"""Questions to a workspace, answered whole or as a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from local.knowledge.briefing import prepare
from local.knowledge.history import Session
from local.knowledge.streaming import EventStream, single

from . import wire
from .asking import read_ask, refusal
from .manners import not_a_workspace
from .replies import STREAM_HEADERS, Replier

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.knowledge.desk import Desk
    from local.knowledge.workspaces import Workspace


@dataclass(frozen=True)
class Chatting:
    """The `/chat` and `/stream-chat` of workspaces, and what those of threads share with them."""

    desk: Desk

    async def chat(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/chat`."""
        return await self.answer(request, body, self._workspace(request), streamed=False)

    async def stream_chat(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST …/stream-chat`."""
        return await self.answer(request, body, self._workspace(request), streamed=True)

    async def answer(
        self,
        request: Request,
        body: dict[str, Any],
        workspace: Workspace,
        *,
        streamed: bool,
        thread: Session | None = None,
    ) -> Response:
        """The answer. thread: whose turns these are, instead of those of the body's `sessionId`."""
        ask = read_ask(body, workspace.chat_mode)
        session = thread or Session(workspace.slug, ask.session)
        if ask.reset:
            self.desk.history.reset(session)
        if not ask.question:
            return self.one(wire.complete_answer(wire.HISTORY_WAS_RESET, sources=[], metrics={}), streamed)
        briefing = prepare(
            workspace,
            ask.question,
            ask.mode,
            self.desk.history.window(session, workspace.history_window),
            images=ask.images,
            brought=ask.documents,
        )
        replier = Replier(self.desk)
        if briefing.refused:
            return self.one(replier.refuse(briefing, session), streamed)
        if not streamed:
            return await replier.whole(request, briefing, session)
        return EventStream(replier.events(request, briefing, session), self.desk.faults, STREAM_HEADERS)

    def one(self, answer: wire.Json, streamed: bool) -> Response:  # noqa: FBT001 - passed on as it is
        """An answer that is one event when streamed."""
        if not streamed:
            return JSONResponse(answer)
        return EventStream(single(wire.event_bytes(answer)), self.desk.faults, STREAM_HEADERS)

    def _workspace(self, request: Request) -> Workspace:
        slug = request.path_params["slug"]
        workspace = self.desk.workspaces.get(slug)
        if workspace is None:
            raise refusal(400, not_a_workspace(slug))
        return workspace
