"""Where the OpenAI-compatible servers are found: the base URL decides whose manners they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Mount

from emulators.rag_server.http.router import CheckedRouter
from emulators.rag_server.openai.errors import OpenAIManners
from emulators.rag_server.openai.fastgpt import FastGPT
from emulators.rag_server.openai.fastgpt_wire import FastGPTManners
from emulators.rag_server.openai.plain import Plain
from emulators.rag_server.openai.ragflow import RAGFlow, RAGFlowManners
from emulators.rag_server.openai.versions import FASTGPT_4_8, RAGFLOW_0_24, SERVERS, VERSIONS
from emulators.rag_server.openai.wire import ark_sources, webui_sources
from emulators.rag_server.versions import Version

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from emulators.rag_server.answering.knowledge import KnowledgeBase


#: The kind of server, or one version of it → its base URL, here for the workspace `handbook`.
BASES = {
    "plain": "/v1",
    "fastgpt": "/api/v1",
    "ark-bots": "/api/v3",
    "open-webui": "/api",
    "ragflow": "/api/v1/openai/handbook",
    "ragflow 0.24": "/api/v1/chats_openai/handbook",
}

#: The kinds that are products of their own.
TITLES = {
    "fastgpt": "FastGPT",
    "ragflow": "RAGFlow",
    "ark-bots": "Volcengine Ark bots",
    "open-webui": "Open WebUI",
}


class OpenAIApi:
    """See `Api`; all kinds of server are there at once, the other ones as their newest version."""

    def __init__(self, knowledge: KnowledgeBase, api_key: str, app: str, version: str) -> None:
        self._knowledge = knowledge
        chosen = {kind: known[-1] for kind, known in VERSIONS.items()} | {app: version}
        self._server = SERVERS[chosen["plain"]]
        self._fastgpt_version = Version.of(chosen["fastgpt"])
        self._ragflow_version = Version.of(chosen["ragflow"])
        self._manners = OpenAIManners(knowledge.faults, self._server)
        self.router = CheckedRouter(api_key, knowledge.faults, self._manners)
        # All three routers record in one list.
        self._fastgpt = CheckedRouter(api_key, knowledge.faults, FastGPTManners(), self.router.requests)
        self._ragflow = CheckedRouter(
            api_key, knowledge.faults, RAGFlowManners(self._ragflow_version), self.router.requests
        )

    def routes(self) -> list[BaseRoute]:
        """Every path; what has none does not exist."""
        plain = Plain(self._knowledge, self._manners, self._server)
        fastgpt = FastGPT(self._knowledge, self._fastgpt_version)
        ragflow = RAGFlow(self._knowledge, self._ragflow_version)
        ark = Plain(self._knowledge, self._manners, self._server, ark_sources)
        webui = Plain(self._knowledge, self._manners, self._server, webui_sources)
        ending = "chat/completions"
        # The one came with 4.9.4, the other after 0.24.
        second = [self._fastgpt.route("POST", f"/api/v2/{ending}", fastgpt.complete, asks=True)]
        renamed = [
            self._ragflow.route("POST", f"/api/v1/openai/{{chat}}/{ending}", ragflow.complete, asks=True)
        ]
        return [
            self.router.route("GET", "/v1/models", plain.models),
            self.router.route("POST", f"/v1/{ending}", plain.complete, asks=True),
            self.router.route("POST", f"/api/v3/bots/{ending}", ark.complete, asks=True),
            self.router.route("GET", "/api/models", webui.models),
            self.router.route("POST", f"/api/{ending}", webui.complete, asks=True),
            self._fastgpt.route("POST", f"/api/v1/{ending}", fastgpt.complete, asks=True),
            *(second if self._fastgpt_version > FASTGPT_4_8 else ()),
            *(renamed if self._ragflow_version > RAGFLOW_0_24 else ()),
            self._ragflow.route(
                "POST", f"/api/v1/chats_openai/{{chat}}/{ending}", ragflow.complete, asks=True
            ),
            Mount("/", app=self.router.page(JSONResponse({"detail": "Not Found"}, status_code=404))),
        ]

    async def close(self) -> None:
        """Nothing runs on its own."""
