"""The application API: its one path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from local.knowledge.briefing import prepare
from local.knowledge.door import Door
from local.knowledge.hangup import hang_up
from local.knowledge.misbehaviour import BrokenConnectionError
from local.knowledge.streaming import EventStream, begun

from .answering import Answer
from .asking import read_ask
from .errors import BailianError, BailianManners
from .faults import CODE
from .sessions import Sessions
from .wire import STREAM_HEADERS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from local.knowledge.desk import Desk


class BailianApi:
    """See `Api`; every workspace is an app, and all are of the same kind."""

    def __init__(self, desk: Desk, api_key: str, kind: str) -> None:
        self._desk = desk
        self._kind = kind
        self._sessions = Sessions(desk)
        self.door = Door(api_key, desk.faults, BailianManners())

    def routes(self) -> list[BaseRoute]:
        """Every path; what has none does not exist."""
        return [
            self.door.route("POST", "/api/v1/apps/{app}/completion", self._complete, asks=True),
            Mount("/", app=self.door.page(BailianError("NotFound").response)),
        ]

    async def close(self) -> None:
        """Nothing runs on its own."""

    async def _complete(self, request: Request, body: dict[str, Any]) -> Response:
        try:
            return await self._answer(request, body)
        except BailianError as error:
            raise error.refusal from error
        except BrokenConnectionError:
            await hang_up(request)
            return Response()

    async def _answer(self, request: Request, body: dict[str, Any]) -> Response:
        ask, app = read_ask(body), request.path_params["app"]
        code = self._desk.faults.take(CODE)
        if code is not None:
            raise BailianError(code or "Arrearage")
        workspace = self._desk.workspaces.get(app)
        if workspace is None:
            return self.door.manners.not_there(request, body)
        session = self._sessions.continued(app, ask.session)
        turns = (
            self._desk.history.window(session, workspace.history_window)
            if ask.exchanges is None
            else self._desk.recall(workspace, ask.exchanges)
        )
        briefing = prepare(workspace, ask.question, "chat", turns, images=ask.images)
        answer = Answer(self._desk, self._kind, ask, briefing, session)
        if not _wants_stream(request):
            return JSONResponse(await answer.whole())
        pieces = await begun(answer.pieces())
        return EventStream(answer.events(request, pieces), self._desk.faults, STREAM_HEADERS)


def _wants_stream(request: Request) -> bool:
    return request.headers.get(
        "x-dashscope-sse", ""
    ).lower() == "enable" or "text/event-stream" in request.headers.get("accept", "")
