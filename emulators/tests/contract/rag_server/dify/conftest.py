from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from emulators.rag_server import PRODUCTS, KnowledgeServer
from emulators.tests.contract.rag_server.clients import Naps, client_of
from emulators.tests.contract.rag_server.dify.caller import KEY, Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from emulators.faults import FaultBoard

    Calling = Callable[..., AbstractAsyncContextManager[Caller]]


@pytest.fixture
def calling(faults: FaultBoard, naps: Naps) -> Calling:
    """Opens a server with an app of some kind, as some version, and gives its caller."""
    PRODUCTS["dify"].declare(faults)

    @asynccontextmanager
    async def call(app: str, version: str = "") -> AsyncIterator[Caller]:
        server = KnowledgeServer(
            api_key=KEY, faults=faults, kind="dify", app=app, version=version, piece_delay=0, sleep=naps
        )
        async with client_of(server, KEY) as http:
            yield Caller(http, server)
        await server.stop()

    return call


@pytest.fixture
async def chat(calling: Calling) -> AsyncIterator[Caller]:
    """The caller of a chat app."""
    async with calling("chat") as caller:
        yield caller
