from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.clients import Naps, client_of, wire_client_of
from emulators.tests.contract.rag_server.speakers import KEY, SPEAKERS, Speaker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture(params=SPEAKERS, ids=lambda speaker: speaker.kind)
def speaker(request: pytest.FixtureRequest) -> Speaker:
    """Each product in turn."""
    made: Speaker = request.param()
    return made


@pytest.fixture
async def server(speaker: Speaker, faults: FaultBoard, naps: Naps) -> AsyncIterator[KnowledgeServer]:
    """Speaks as the product; a folder's tests put the server of their own product in its place."""
    built = KnowledgeServer(api_key=KEY, faults=faults, kind=speaker.kind, piece_delay=0, sleep=naps)
    yield built
    await built.stop()


@pytest.fixture
def key() -> str:
    """The key that the test's `server` accepts."""
    return KEY


@pytest.fixture
async def http(server: KnowledgeServer, key: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(server, key) as client:
        yield client


@pytest.fixture
async def wired(server: KnowledgeServer, key: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client over a real connection."""
    await server.start()
    async with wire_client_of(server, key) as client:
        yield client
