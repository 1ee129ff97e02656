"""A client of the knowledge server as AnythingLLM."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.tests.contract.rag_server import clients

if TYPE_CHECKING:
    import httpx

    from emulators.rag_server import KnowledgeServer

API_KEY = "ABCDEFG-HIJKLMN-OPQRSTU-VWXYZ01"


@dataclass
class Visitor:
    """A client of the server, with the key."""

    http: httpx.AsyncClient

    async def ask(self, message: str, *, workspace: str = "handbook", **body: Any) -> httpx.Response:
        return await self.http.post(
            f"/api/v1/workspace/{workspace}/chat", json={"message": message, "mode": "query", **body}
        )

    async def stream(self, message: str, *, workspace: str = "handbook", **body: Any) -> list[dict[str, Any]]:
        """The events of a streamed answer, read to the end."""
        response = await self.http.post(
            f"/api/v1/workspace/{workspace}/stream-chat", json={"message": message, "mode": "query", **body}
        )
        return events_of(response.text)

    async def chats(self, session: str | None = None, **query: Any) -> list[dict[str, Any]]:
        """The stored turns of a session."""
        named = {} if session is None else {"apiSessionId": session}
        response = await self.http.get("/api/v1/workspace/handbook/chats", params={**named, **query})
        history: list[dict[str, Any]] = response.json()["history"]
        return history


def events_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in text.split("\n") if line]


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["textResponse"] for event in events if event["type"] == "textResponseChunk")


def client_of(server: KnowledgeServer) -> httpx.AsyncClient:
    return clients.client_of(server, API_KEY)


def wire_client_of(server: KnowledgeServer) -> httpx.AsyncClient:
    return clients.wire_client_of(server, API_KEY)
