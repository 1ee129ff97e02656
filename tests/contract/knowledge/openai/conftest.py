from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.knowledge import KnowledgeServer
from tests.contract.knowledge.clients import client_of, wire_client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from local.faults import FaultBoard
    from tests.contract.knowledge.clients import Naps

KEY = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"


@pytest.fixture
async def server(faults: FaultBoard, naps: Naps) -> AsyncIterator[KnowledgeServer]:
    built = KnowledgeServer(api_key=KEY, faults=faults, kind="openai", piece_delay=0, sleep=naps)
    yield built
    await built.stop()


@pytest.fixture
async def http(server: KnowledgeServer) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(server, KEY) as client:
        yield client


@pytest.fixture
async def wired(server: KnowledgeServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client over a real connection."""
    await server.start()
    async with wire_client_of(server, KEY) as client:
        yield client
