from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.faults import FaultBoard
from tests.contract.knowledge.clients import Naps, client_of, wire_client_of
from tests.contract.knowledge.speakers import KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from local.knowledge import KnowledgeServer


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
def naps() -> Naps:
    return Naps()


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
