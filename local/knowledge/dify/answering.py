"""Questions to the app, answered whole or as a stream, and stopping them."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from local.knowledge.briefing import prepare
from local.knowledge.hangup import hang_up
from local.knowledge.history import Conversation, Session
from local.knowledge.misbehaviour import BrokenConnectionError, number
from local.knowledge.streaming import EventStream

from .apps import CHAT_PATH, WORKFLOW_PATH, App
from .asking import Ask, read_ask, user_of
from .errors import crowded, rejected
from .faults import CODE, CONVERSATION_GONE, CROWDED, FORM, PING
from .flows import Flow
from .runs import PING_SECONDS, Run, Runs
from .telling import Telling

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from local.knowledge.desk import Desk
    from local.knowledge.workspaces import Workspace

    from .files import Files
    from .wire import Json

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

    desk: Desk
    app: App
    files: Files
    runs: Runs = field(default_factory=Runs)

    async def ask(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /chat-messages`, `/completion-messages`, `/workflows/run`."""
        if request.url.path != self.app.path:
            raise rejected(_WRONG_APP.get(request.url.path, "app_unavailable"))
        ask = read_ask(body, self.app, form=self._form())
        self._let_in()
        every = number(self.desk.faults, PING, 1)
        images = self.files.images(ask.files)
        session = self._session(ask)
        run = Run(ask.user)
        briefing = prepare(
            self._workspace,
            ask.question,
            "chat",
            self.desk.history.window(session, self._workspace.history_window) if self.app.remembers else (),
            images=images,
        )
        telling = Telling(self.desk, run, briefing, session)
        self.runs.start(run, self._events(telling))
        if ask.streamed:
            return EventStream(self._streamed(request, run, every), self.desk.faults, _STREAM_HEADERS)
        return await self._whole(request, run, telling)

    async def stop(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /chat-messages/{task_id}/stop` and its like; an unknown task is no error."""
        user = user_of(body.get("user"))
        # That of a workflow does not look at whose it is.
        self.runs.stop(request.path_params["task_id"], None if "/workflows/" in request.url.path else user)
        return JSONResponse({"result": "success"})

    @property
    def _workspace(self) -> Workspace:
        return self.desk.workspaces["handbook"]

    def _form(self) -> str:
        value = self.desk.faults.take(FORM)
        return "" if value is None else value or "desk"

    def _let_in(self) -> None:
        code = self.desk.faults.take(CODE)
        if code is not None:
            raise rejected(code or "app_unavailable")
        crowd = number(self.desk.faults, CROWDED, 400)
        if crowd is not None:
            raise crowded(int(crowd))

    def _session(self, ask: Ask) -> Session:
        if not self.app.remembers:
            return Session(SCOPE)
        if not ask.conversation:
            begun = Conversation(str(uuid.uuid4()), ask.user, "New conversation", self.desk.now())
            self.desk.history.begin(SCOPE, begun)
            return Session(SCOPE, begun.id)
        known = self.desk.history.conversation(SCOPE, ask.conversation)
        if known is None or known.owner != ask.user or self.desk.faults.strikes(CONVERSATION_GONE):
            raise conversation_gone(self.app.path)
        return Session(SCOPE, known.id)

    def _events(self, telling: Telling) -> AsyncGenerator[Json, None]:
        if self.app.flow:
            return Flow(telling, chat=self.app.remembers).events()
        return telling.agent() if self.app.mode == "agent-chat" else telling.chat()

    async def _streamed(self, request: Request, run: Run, every: float | None) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(run.lines(PING_SECONDS if every is None else every)) as lines:
                async for line in lines:
                    yield line
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


def conversation_gone(path: str) -> Exception:
    """404; 1.x goes on with hints that are of no use."""
    return rejected(
        "not_found",
        f"Conversation Not Exists. You have requested this URI [{path}] but did you mean {path} ?",
    )
