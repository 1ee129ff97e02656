"""A client of the knowledge server, and what stands for time."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from local.knowledge import KnowledgeServer

API_KEY = "ABCDEFG-HIJKLMN-OPQRSTU-VWXYZ01"
KEY = {"Authorization": f"Bearer {API_KEY}"}


@dataclass
class Naps:
    """Stands for time: notes how long was waited for instead of waiting."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


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
    """A client that calls the application without a network: the same shapes, and no port is opened."""
    return httpx.AsyncClient(
        base_url="http://knowledge", headers=KEY, transport=httpx.ASGITransport(app=server.app)
    )


def wire_client_of(server: KnowledgeServer) -> httpx.AsyncClient:
    """A client over the loopback port of a started server."""
    return httpx.AsyncClient(base_url=server.url, headers=KEY, trust_env=False)


async def collect(response: httpx.Response, into: bytearray) -> None:
    """Read a streamed response to its end, keeping what came before a failure."""
    async for part in response.aiter_bytes():
        into.extend(part)
