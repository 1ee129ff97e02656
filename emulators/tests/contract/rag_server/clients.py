"""Clients of the knowledge server, how its streams are read, and what stands for time."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from emulators.rag_server import KnowledgeServer

TRAVEL_QUESTION = "最新的差旅报销标准是什么？"
FOLLOW_UP = "那一线城市的住宿呢？"


@dataclass
class Naps:
    """Stands for time: notes how long was waited for instead of waiting."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


def client_of(server: KnowledgeServer, key: str) -> httpx.AsyncClient:
    """A client that calls the application without a network: the same shapes, and no port is opened."""
    return httpx.AsyncClient(
        base_url="http://knowledge",
        headers={"Authorization": f"Bearer {key}"},
        transport=httpx.ASGITransport(app=server.app),
    )


def wire_client_of(server: KnowledgeServer, key: str) -> httpx.AsyncClient:
    """A client over the loopback port of a started server."""
    # Without TLS there are no authorities to read, which takes 20 ms.
    transport = httpx.AsyncHTTPTransport(verify=False)
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=server.url, headers=headers, transport=transport)


async def collect(response: httpx.Response, into: bytearray) -> None:
    """Read a streamed response to its end, keeping what came before a failure."""
    async for part in response.aiter_bytes():
        into.extend(part)


def blocks(text: str) -> list[dict[str, str]]:
    """The events of a stream, field by field; a comment is the field ""."""
    return [dict(map(_field, block.split("\n"))) for block in text.split("\n\n") if block]


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")


def data_of(text: str) -> list[dict[str, Any]]:
    """The JSON of every event that has some."""
    found = [block["data"] for block in blocks(text) if "data" in block]
    return [json.loads(data) for data in found if data != "[DONE]"]
