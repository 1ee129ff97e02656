"""Every test runs over both transports; a contract test also for every product."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.backends.stream import LIMITS
from tests.contract.backends.dialects import AnythingLLMDialect, DifyDialect
from tests.contract.backends.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.contract.backends.dialects import Dialect


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Costs 20 ms to build, so all clients share it."""
    return ssl.create_default_context()


@pytest.fixture(params=["httpx", "aiohttp"])
async def http(request: pytest.FixtureRequest, tls: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    transport_type = AiohttpTransport if request.param == "aiohttp" else httpx.AsyncHTTPTransport
    transport = transport_type(limits=LIMITS, verify=tls)
    async with httpx.AsyncClient(transport=transport) as client:
        yield client


@pytest.fixture(params=[AnythingLLMDialect, DifyDialect], ids=["anythingllm", "dify"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    made: Dialect = request.param()
    return made


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    listening = await scripted.start()
    yield scripted
    await scripted.stop(listening)
