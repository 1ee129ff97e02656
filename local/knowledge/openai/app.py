"""Where the OpenAI-compatible servers are found: the base URL decides whose manners they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Mount

from local.knowledge.door import Door

from .errors import OpenAIManners
from .fastgpt import FastGPT, FastGPTManners
from .plain import Plain
from .ragflow import RAGFlow, RAGFlowManners

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from local.knowledge.desk import Desk


#: The kind of server → its base URL, here for the workspace `handbook`.
BASES = {"plain": "/v1", "fastgpt": "/api/v1", "ragflow": "/api/v1/openai/handbook"}


class OpenAIApi:
    """See `Api`; all kinds of server are there at once."""

    def __init__(self, desk: Desk, api_key: str, _app: str) -> None:
        self._desk = desk
        self._manners = OpenAIManners(desk.faults)
        self.door = Door(api_key, desk.faults, self._manners)
        # One book for all three doors.
        self._fastgpt = Door(api_key, desk.faults, FastGPTManners(), self.door.requests)
        self._ragflow = Door(api_key, desk.faults, RAGFlowManners(), self.door.requests)

    def routes(self) -> list[BaseRoute]:
        """Every path; what has none does not exist."""
        plain, fastgpt, ragflow = Plain(self._desk, self._manners), FastGPT(self._desk), RAGFlow(self._desk)
        ending = "chat/completions"
        return [
            self.door.route("GET", "/v1/models", plain.models),
            self.door.route("POST", f"/v1/{ending}", plain.complete, asks=True),
            self._fastgpt.route("POST", f"/api/v1/{ending}", fastgpt.complete, asks=True),
            self._fastgpt.route("POST", f"/api/v2/{ending}", fastgpt.complete, asks=True),
            self._ragflow.route("POST", f"/api/v1/openai/{{chat}}/{ending}", ragflow.complete, asks=True),
            self._ragflow.route(
                "POST", f"/api/v1/chats_openai/{{chat}}/{ending}", ragflow.complete, asks=True
            ),
            Mount("/", app=self.door.page(JSONResponse({"detail": "Not Found"}, status_code=404))),
        ]

    async def close(self) -> None:
        """Nothing runs on its own."""
