from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.faults import FaultBoard
from local.knowledge import KnowledgeServer
from tests.contract.knowledge.visitor import API_KEY, Naps, Visitor, client_of, wire_client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def server(faults: FaultBoard, naps: Naps) -> AsyncIterator[KnowledgeServer]:
    built = KnowledgeServer(api_key=API_KEY, faults=faults, piece_delay=0, sleep=naps)
    yield built
    await built.stop()


@pytest.fixture
async def visitor(server: KnowledgeServer) -> AsyncIterator[Visitor]:
    async with client_of(server) as http:
        yield Visitor(http)


@pytest.fixture
async def wired(server: KnowledgeServer) -> AsyncIterator[Visitor]:
    """A visitor over a real connection."""
    await server.start()
    async with wire_client_of(server) as http:
        yield Visitor(http)
