from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from emulators.rag_server import PRODUCTS, KnowledgeServer
from emulators.tests.contract.rag_server.bailian.caller import KEY
from emulators.tests.contract.rag_server.clients import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    import httpx

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps

    Calling = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def calling(faults: FaultBoard, naps: Naps) -> Calling:
    """Opens a server with apps of some kind and gives a client."""
    PRODUCTS["bailian"].declare(faults)

    @asynccontextmanager
    async def call(kind: str) -> AsyncIterator[httpx.AsyncClient]:
        server = KnowledgeServer(
            api_key=KEY, faults=faults, kind="bailian", app=kind, piece_delay=0, sleep=naps
        )
        async with client_of(server, KEY) as client:
            yield client
        await server.stop()

    return call


@pytest.fixture
async def http(calling: Calling) -> AsyncIterator[httpx.AsyncClient]:
    async with calling("agent") as client:
        yield client
