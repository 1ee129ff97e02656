"""AnythingLLM's developer API: its paths, and the answers that are not about a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount

from emulators.rag_server.answering.history import Session
from emulators.rag_server.anythingllm import wire
from emulators.rag_server.anythingllm.chatting import Chatting
from emulators.rag_server.anythingllm.facade import Facade, FacadeManners
from emulators.rag_server.anythingllm.manners import WEB_UI, AnythingLLMManners, not_a_workspace
from emulators.rag_server.anythingllm.threads import Threads
from emulators.rag_server.http.router import CheckedRouter
from emulators.rag_server.retrieval.followup import query_for
from emulators.rag_server.retrieval.passages import passage_of
from emulators.rag_server.retrieval.tokens import well_formed
from emulators.rag_server.versions import Version

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.retrieval.workspaces import Workspace


#: One history for all, or accounts; the first is usual.
MODES = ("single-user", "multi-user")


class AnythingLLMApi:
    """See `Api`; app: one of `MODES`."""

    def __init__(self, knowledge: KnowledgeBase, api_key: str, app: str, version: str) -> None:
        self.knowledge = knowledge
        self._multi_user = app == "multi-user"
        self._version = Version.of(version)
        self.router = CheckedRouter(api_key, knowledge.faults, AnythingLLMManners())
        # Both routers record in one list.
        self._facade = CheckedRouter(api_key, knowledge.faults, FacadeManners(), self.router.requests)

    def routes(self) -> list[BaseRoute]:
        """Every path; what has none is answered by the web page."""
        route, chatting = self.router.route, Chatting(self.knowledge, self._version)
        facade, openai = Facade(self.knowledge, self._version), "/api/v1/openai"
        threads = Threads(self.knowledge, chatting, self._multi_user)
        workspace = "/api/v1/workspace/{slug}"
        thread = f"{workspace}/thread/{{thread}}"
        return [
            route("GET", "/api/ping", self._ping, open_to_all=True),
            route("GET", "/api/v1/auth", self._auth),
            route("GET", "/api/v1/workspaces", self._workspaces),
            route("GET", workspace, self._workspace),
            route("POST", f"{workspace}/chat", chatting.chat, asks=True),
            route("POST", f"{workspace}/stream-chat", chatting.stream_chat, asks=True),
            route("GET", f"{workspace}/chats", self._chats),
            route("POST", f"{workspace}/vector-search", self._vector_search),
            route("POST", f"{workspace}/thread/new", threads.begin),
            route("POST", f"{thread}/update", threads.rename),
            route("DELETE", thread, threads.delete),
            route("GET", f"{thread}/chats", threads.chats),
            route("POST", f"{thread}/chat", threads.chat, asks=True),
            route("POST", f"{thread}/stream-chat", threads.stream_chat, asks=True),
            self._facade.route("GET", f"{openai}/models", facade.models),
            self._facade.route("POST", f"{openai}/chat/completions", facade.complete, asks=True),
            Mount("/", app=self.router.page(WEB_UI)),
        ]

    async def close(self) -> None:
        """Nothing runs on its own."""

    async def _ping(self, _request: Request, _body: dict[str, Any]) -> Response:
        return JSONResponse({"online": True})

    async def _auth(self, _request: Request, _body: dict[str, Any]) -> Response:
        return JSONResponse({"authenticated": True})

    async def _workspaces(self, _request: Request, _body: dict[str, Any]) -> Response:
        entries = [self._entry(workspace) for workspace in self.knowledge.workspaces.values()]
        return JSONResponse({"workspaces": entries})

    async def _workspace(self, request: Request, _body: dict[str, Any]) -> Response:
        workspace = self.knowledge.workspaces.get(request.path_params["slug"])
        return JSONResponse({"workspace": [self._entry(workspace)] if workspace else []})

    def _entry(self, workspace: Workspace) -> wire.Json:
        return wire.workspace_entry(workspace, self.knowledge.history.conversations(workspace.slug))

    async def _chats(self, request: Request, _body: dict[str, Any]) -> Response:
        slug, query = request.path_params["slug"], request.query_params
        if slug not in self.knowledge.workspaces:
            return PlainTextResponse("Bad Request", status_code=400)
        limit = query.get("limit", "")
        turns = self.knowledge.history.listed(
            Session(slug, query.get("apiSessionId")),
            limit=int(limit) if limit.isdecimal() else 100,
            order="desc" if query.get("orderBy") == "desc" else "asc",
        )
        return JSONResponse({"history": wire.history_entries(turns)})

    async def _vector_search(self, request: Request, body: dict[str, Any]) -> Response:
        slug = request.path_params["slug"]
        workspace = self.knowledge.workspaces.get(slug)
        if workspace is None:
            return JSONResponse({"message": not_a_workspace(slug)}, status_code=400)
        if not body.get("query"):
            return JSONResponse({"message": "Query parameter cannot be empty."}, status_code=400)
        hits = workspace.index.search(
            query_for(well_formed(str(body["query"])), (), workspace.index),
            top=int(_between(1, body.get("topN"), 100, otherwise=workspace.top)),
            threshold=_between(0, body.get("scoreThreshold"), 1, otherwise=workspace.threshold),
        )
        return JSONResponse({"results": [wire.search_result(passage_of(hit)) for hit in hits]})


def _between(low: float, value: object, high: float, *, otherwise: float) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return otherwise
    return number if low <= number <= high else otherwise
