"""AnythingLLM's developer API: paths, key, request checks and the answers that are not about a question."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from . import wire
from .asking import RejectedError, read_ask, session_of
from .briefing import prepare
from .followup import query_for
from .hangup import HangUp, hang_up
from .misbehaviour import ERROR_500, REFUSE
from .replies import EventStream, one_event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from local.faults import FaultBoard

    from .history import History
    from .replies import Replier
    from .workspaces import Workspace

    Handler = Callable[[Request, dict[str, Any]], Awaitable[Response]]

_BAD_JSON = (
    "<!DOCTYPE html>\n<html><head><title>Error</title></head>"
    "<body><pre>SyntaxError: Unexpected token in JSON</pre></body></html>"
)
_WEB_UI = (
    "<!doctype html>\n<html><head><title>Knowledge</title></head><body><div id='root'></div></body></html>"
)


@dataclass(frozen=True)
class RecordedRequest:
    """What somebody asked for. question: the message or search query, or None."""

    method: str
    path: str
    session_id: str | None
    question: str | None


@dataclass
class KnowledgeApi:
    """The handlers; `build` makes them an application."""

    api_key: str
    workspaces: Mapping[str, Workspace]
    history: History
    replier: Replier
    faults: FaultBoard
    requests: list[RecordedRequest] = field(default_factory=list)

    def build(self) -> HangUp:
        """The application, whose connections can be dropped."""
        workspace = "/api/v1/workspace/{slug}"
        routes = [
            self._route("GET", "/api/ping", self._ping, open_to_all=True),
            self._route("GET", "/api/v1/auth", self._auth),
            self._route("GET", "/api/v1/workspaces", self._workspaces),
            self._route("GET", workspace, self._workspace),
            self._route("POST", f"{workspace}/chat", self._chat),
            self._route("POST", f"{workspace}/stream-chat", self._stream_chat),
            self._route("GET", f"{workspace}/chats", self._chats),
            self._route("POST", f"{workspace}/vector-search", self._vector_search),
            Mount("/", app=self._web_ui),
        ]
        return HangUp(Starlette(routes=routes))

    def _route(self, method: str, path: str, handler: Handler, *, open_to_all: bool = False) -> Route:
        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            try:
                parsed = json.loads(raw) if raw else {}
            except (ValueError, RecursionError):
                return HTMLResponse(_BAD_JSON, status_code=400)
            body = parsed if isinstance(parsed, dict) else {}
            self._record(request, body)
            if self.faults.strikes(REFUSE):
                await hang_up(request)
                return Response()
            if not open_to_all and not self._has_key(request):
                return JSONResponse({"error": "No valid api key found."}, status_code=403)
            try:
                return await handler(request, body)
            except RejectedError as rejected:
                return JSONResponse(wire.abort(str(rejected)), status_code=rejected.status)

        return Route(path, endpoint, methods=[method])

    def _record(self, request: Request, body: Mapping[str, Any]) -> None:
        session = session_of(body) or request.query_params.get("apiSessionId")
        question = body.get("message", body.get("query"))
        self.requests.append(
            RecordedRequest(
                request.method,
                request.url.path,
                session,
                question if isinstance(question, str) else None,
            )
        )

    def _has_key(self, request: Request) -> bool:
        # The product takes what follows the first space and does not look at the scheme.
        words = request.headers.get("authorization", "").split(" ")
        return len(words) > 1 and words[1] == self.api_key

    async def _ping(self, _request: Request, _body: dict[str, Any]) -> Response:
        return JSONResponse({"online": True})

    async def _auth(self, _request: Request, _body: dict[str, Any]) -> Response:
        return JSONResponse({"authenticated": True})

    async def _workspaces(self, _request: Request, _body: dict[str, Any]) -> Response:
        entries = [wire.workspace_entry(workspace) for workspace in self.workspaces.values()]
        return JSONResponse({"workspaces": entries})

    async def _workspace(self, request: Request, _body: dict[str, Any]) -> Response:
        workspace = self.workspaces.get(request.path_params["slug"])
        return JSONResponse({"workspace": [wire.workspace_entry(workspace)] if workspace else []})

    async def _chat(self, request: Request, body: dict[str, Any]) -> Response:
        return await self._answer(request, body, streamed=False)

    async def _stream_chat(self, request: Request, body: dict[str, Any]) -> Response:
        return await self._answer(request, body, streamed=True)

    async def _answer(self, request: Request, body: dict[str, Any], *, streamed: bool) -> Response:
        slug = request.path_params["slug"]
        workspace = self.workspaces.get(slug)
        if workspace is None:
            raise RejectedError(400, _not_a_workspace(slug))
        if self.faults.strikes(ERROR_500):
            raise RejectedError(500, "Internal server error")
        ask = read_ask(body, workspace.chat_mode)
        if ask.reset:
            self.history.reset(slug, ask.session)
        if not ask.question:
            return _single(wire.complete_answer(wire.HISTORY_WAS_RESET, sources=[], metrics={}), streamed)
        turns = self.history.window(slug, ask.session, workspace.history_window)
        briefing = prepare(workspace, ask.question, ask.mode, turns)
        if briefing.refused:
            return _single(self.replier.refuse(briefing, ask.session), streamed)
        if streamed:
            return EventStream(self.replier.events(request, briefing, ask.session))
        return await self.replier.whole(request, briefing, ask.session)

    async def _chats(self, request: Request, _body: dict[str, Any]) -> Response:
        slug = request.path_params["slug"]
        if slug not in self.workspaces:
            return PlainTextResponse("Bad Request", status_code=400)
        limit = request.query_params.get("limit", "")
        turns = self.history.listed(
            slug,
            request.query_params.get("apiSessionId"),
            limit=int(limit) if limit.isdecimal() else 100,
            order="desc" if request.query_params.get("orderBy") == "desc" else "asc",
        )
        return JSONResponse({"history": wire.history_entries(turns)})

    async def _vector_search(self, request: Request, body: dict[str, Any]) -> Response:
        slug = request.path_params["slug"]
        workspace = self.workspaces.get(slug)
        if workspace is None:
            return JSONResponse({"message": _not_a_workspace(slug)}, status_code=400)
        if not body.get("query"):
            return JSONResponse({"message": "Query parameter cannot be empty."}, status_code=400)
        hits = workspace.index.search(
            query_for(wire.well_formed(str(body["query"])), (), workspace.index),
            top=int(_between(1, body.get("topN"), 100, otherwise=workspace.top)),
            threshold=_between(0, body.get("scoreThreshold"), 1, otherwise=workspace.threshold),
        )
        return JSONResponse({"results": [wire.search_result(hit) for hit in hits]})

    async def _web_ui(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A wrong path or method is no 404: the product's web page answers it, with status 200."""
        self._record(Request(scope), {})
        await HTMLResponse(_WEB_UI)(scope, receive, send)


def _single(answer: wire.Json, streamed: bool) -> Response:  # noqa: FBT001  # the two endpoints' one difference
    return EventStream(one_event(answer)) if streamed else JSONResponse(answer)


def _not_a_workspace(slug: str) -> str:
    return f"Workspace {slug} is not a valid workspace."


def _between(low: float, value: object, high: float, *, otherwise: float) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return otherwise
    return number if low <= number <= high else otherwise
