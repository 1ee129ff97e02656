"""The application API: its one path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.bailian.answering import Answer
from emulators.rag_server.bailian.asking import read_ask
from emulators.rag_server.bailian.errors import BailianError, BailianManners
from emulators.rag_server.bailian.faults import CODE
from emulators.rag_server.bailian.sessions import Sessions
from emulators.rag_server.bailian.wire import STREAM_HEADERS
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError
from emulators.rag_server.http.router import CheckedRouter
from emulators.rag_server.http.streaming import EventStream, begun

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from emulators.rag_server.answering.knowledge import KnowledgeBase


class BailianApi:
    """See `Api`; every workspace is an app, and all are of the same kind."""

    def __init__(self, knowledge: KnowledgeBase, api_key: str, kind: str, _version: str) -> None:
        self._knowledge = knowledge
        self._kind = kind
        self._sessions = Sessions(knowledge)
        self.router = CheckedRouter(api_key, knowledge.faults, BailianManners())

    def routes(self) -> list[BaseRoute]:
        """Every path; what has none does not exist."""
        return [
            self.router.route("POST", "/api/v1/apps/{app}/completion", self._complete, asks=True),
            Mount("/", app=self.router.page(BailianError("NotFound").response)),
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
        code = self._knowledge.faults.take(CODE)
        if code is not None:
            raise BailianError(code or "Arrearage")
        workspace = self._knowledge.workspaces.get(app)
        if workspace is None:
            return self.router.manners.not_there(request, body)
        session = self._sessions.continued(app, ask.session)
        turns = (
            self._knowledge.history.window(session, workspace.history_window)
            if ask.exchanges is None
            else self._knowledge.recall(workspace, ask.exchanges)
        )
        briefing = prepare(workspace, ask.question, "chat", turns, images=ask.images)
        answer = Answer(self._knowledge, self._kind, ask, briefing, session)
        if not _wants_stream(request):
            return JSONResponse(await answer.whole())
        pieces = await begun(answer.pieces())
        return EventStream(answer.events(request, pieces), self._knowledge.faults, STREAM_HEADERS)


def _wants_stream(request: Request) -> bool:
    return request.headers.get(
        "x-dashscope-sse", ""
    ).lower() == "enable" or "text/event-stream" in request.headers.get("accept", "")
