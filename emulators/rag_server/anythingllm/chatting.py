"""Questions to a workspace, answered whole or as a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.answering.history import Session
from emulators.rag_server.anythingllm import wire
from emulators.rag_server.anythingllm.agents import COMMAND, Agent
from emulators.rag_server.anythingllm.asking import read_ask, refusal
from emulators.rag_server.anythingllm.faults import AGENT
from emulators.rag_server.anythingllm.manners import not_a_workspace
from emulators.rag_server.anythingllm.replies import STREAM_HEADERS, Replier
from emulators.rag_server.http.streaming import EventStream, single

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.retrieval.workspaces import Workspace
    from emulators.rag_server.versions import Version


@dataclass(frozen=True)
class Chatting:
    """The `/chat` and `/stream-chat` of workspaces, and what those of threads share with them."""

    knowledge: KnowledgeBase
    version: Version

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
        ask = read_ask(body, workspace.chat_mode, self.version)
        session = thread or Session(workspace.slug, ask.session)
        if ask.reset:
            self.knowledge.history.reset(session)
        if not ask.question:
            return self.one(wire.complete_answer(wire.HISTORY_WAS_RESET, sources=[], metrics={}), streamed)
        agent = ask.question.startswith(COMMAND) or self.knowledge.faults.strikes(AGENT)
        briefing = prepare(
            workspace,
            ask.question.removeprefix(COMMAND).strip() or ask.question,
            "chat" if agent else ask.mode,
            self.knowledge.history.window(session, workspace.history_window),
            images=ask.images,
            brought=ask.documents,
        )
        replier = Replier(self.knowledge, self.version)
        if briefing.refused:
            return self.one(replier.refuse(briefing, session), streamed)
        author = Agent(replier, self.version) if agent else replier
        if not streamed:
            return await author.whole(request, briefing, session)
        return EventStream(author.events(request, briefing, session), self.knowledge.faults, STREAM_HEADERS)

    def one(self, answer: wire.Json, streamed: bool) -> Response:  # noqa: FBT001 - passed on as it is
        """An answer that is one event when streamed."""
        if not streamed:
            return JSONResponse(answer)
        return EventStream(single(wire.event_bytes(answer)), self.knowledge.faults, STREAM_HEADERS)

    def _workspace(self, request: Request) -> Workspace:
        slug = request.path_params["slug"]
        workspace = self.knowledge.workspaces.get(slug)
        if workspace is None:
            raise refusal(400, not_a_workspace(slug))
        return workspace
