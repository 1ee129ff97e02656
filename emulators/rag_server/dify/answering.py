"""Questions to the app, answered whole or as a stream, and stopping them."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.answering.history import Conversation, Session
from emulators.rag_server.dify.answers.flows import Flow
from emulators.rag_server.dify.answers.runs import PING_SECONDS, Run, Runs
from emulators.rag_server.dify.answers.telling import Telling
from emulators.rag_server.dify.answers.wire import event_bytes
from emulators.rag_server.dify.apps import CHAT_PATH, WORKFLOW_PATH, App
from emulators.rag_server.dify.asking import Ask, read_ask, user_of
from emulators.rag_server.dify.errors import crowded, crowding, rejected, unconfigured
from emulators.rag_server.dify.faults import CODE, CONVERSATION_GONE, CROWDED, FORM, INPUT_MODERATION, PING
from emulators.rag_server.dify.versions import V0_15, V1_12
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError, number
from emulators.rag_server.http.streaming import EventStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.dify.answers.forms import Forms
    from emulators.rag_server.dify.answers.wire import Json
    from emulators.rag_server.dify.files import Files
    from emulators.rag_server.retrieval.workspaces import Workspace
    from emulators.rag_server.versions import Version

#: The app's own scope in the history.
SCOPE = "dify"

_STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True)
class Answering:
    """The endpoints that answer, and those that stop an answer."""

    knowledge: KnowledgeBase
    app: App
    version: Version
    files: Files
    runs: Runs
    forms: Forms

    async def ask(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /chat-messages`, `/completion-messages`, `/workflows/run`."""
        if request.url.path != self.app.path:
            raise rejected(_WRONG_APP.get(request.url.path, "app_unavailable"))
        ask = read_ask(body, self.app, self.version, form=self._form())
        self._let_in()
        every = number(self.knowledge.faults, PING, 1)
        images = self.files.images(ask.files, ask.user)
        session = self._session(ask)
        run = Run(ask.user)
        briefing = prepare(
            self._workspace,
            ask.question,
            "chat",
            self.knowledge.history.window(session, self._workspace.history_window)
            if self.app.remembers
            else (),
            images=images,
        )
        telling = Telling(
            self.knowledge, run, briefing, session, self.version, streamed=ask.streamed, flow=self.app.flow
        )
        self.runs.start(run, self._events(telling))
        if ask.streamed:
            late = event_bytes(telling.speech_end(), self.version) if self.version < V0_15 else b""
            return EventStream(
                self._streamed(request, run, every, late), self.knowledge.faults, _STREAM_HEADERS
            )
        return await self._whole(request, run, telling)

    async def stop(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /chat-messages/{task_id}/stop` and its like; an unknown task is no error."""
        user = user_of(body.get("user"))
        # That of a workflow does not look at whose it is.
        self.runs.stop(request.path_params["task_id"], None if "/workflows/" in request.url.path else user)
        return JSONResponse({"result": "success"})

    @property
    def _workspace(self) -> Workspace:
        return self.knowledge.workspaces["handbook"]

    def _form(self) -> str:
        value = self.knowledge.faults.take(FORM)
        return "" if value is None else value or "desk"

    def _let_in(self) -> None:
        code = self.knowledge.faults.take(CODE)
        if code == "provider_not_initialize":
            error = unconfigured(self.version)
            raise rejected(error.code, str(error), error.status)
        if code is not None:
            raise rejected(code or "app_unavailable")
        crowd = number(self.knowledge.faults, CROWDED, crowding(self.version))
        if crowd is not None:
            raise crowded(int(crowd))

    def _session(self, ask: Ask) -> Session:
        if not self.app.remembers:
            return Session(SCOPE)
        if not ask.conversation:
            begun = Conversation(str(uuid.uuid4()), ask.user, "New conversation", self.knowledge.now())
            self.knowledge.history.begin(SCOPE, begun)
            return Session(SCOPE, begun.id)
        known = self.knowledge.history.conversation(SCOPE, ask.conversation)
        if known is None or known.owner != ask.user or self.knowledge.faults.strikes(CONVERSATION_GONE):
            raise conversation_gone(self.app.path, self.version)
        return Session(SCOPE, known.id)

    async def follow(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET /workflow/{run}/events?user=`: what comes after a form, with pings until it is handed in."""
        user = user_of(request.query_params.get("user"))
        run = self.forms.rest(request.path_params["run"], user)
        every = number(self.knowledge.faults, PING, 1)
        return EventStream(self._streamed(request, run, every, b""), self.knowledge.faults, _STREAM_HEADERS)

    def _events(self, telling: Telling) -> AsyncGenerator[Json, None]:
        # A workflow app has no moderation of its own.
        preset = self.knowledge.faults.take(INPUT_MODERATION) if self.app.mode != "workflow" else None
        if preset is not None:
            return telling.preset(preset or _NOT_LET_THROUGH)
        if self.app.flow:
            return Flow(telling, self.app.remembers, self.forms).events()
        return telling.agent() if self.app.mode == "agent-chat" else telling.chat()

    async def _streamed(
        self, request: Request, run: Run, every: float | None, late: bytes
    ) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(run.lines(PING_SECONDS if every is None else every, self.version)) as lines:
                async for line in lines:
                    yield line
            if late:
                yield late
        except BrokenConnectionError:
            await hang_up(request)

    async def _whole(self, request: Request, run: Run, telling: Telling) -> Response:
        last: Json = {}
        try:
            async with aclosing(run.events()) as events:
                async for event in events:
                    last = event
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        if last["event"] == "error":
            raise rejected(last["code"], last["message"], last["status"])
        if last["event"] == "workflow_paused":
            raise rejected("invalid_param", "Human input is not supported in blocking mode.")
        if self.app.remembers or not self.app.flow:
            return JSONResponse(
                {
                    "event": "message",
                    **telling.ids,
                    "id": telling.message_id,
                    "mode": self.app.mode,
                    "answer": telling.text,
                    "metadata": telling.metadata,
                }
            )
        # A workflow that failed is a 200, too.
        return JSONResponse({name: value for name, value in last.items() if name != "event"})


_WRONG_APP = {CHAT_PATH: "not_chat_app", WORKFLOW_PATH: "not_workflow_app"}


_NOT_LET_THROUGH = "你的问题包含不适合讨论的内容，换个问题试试吧。"


def conversation_gone(path: str, version: Version) -> Exception:
    """404; 1.x goes on with hints that are of no use."""
    hint = f" You have requested this URI [{path}] but did you mean {path} ?"
    return rejected("not_found", "Conversation Not Exists." + ("" if version < V1_12 else hint))
