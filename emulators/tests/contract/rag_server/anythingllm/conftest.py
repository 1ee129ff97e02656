from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.anythingllm.visitor import (
    API_KEY,
    Visitor,
    client_of,
    wire_client_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps


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
