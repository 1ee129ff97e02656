"""A contract test runs for every product; over httpx's own transport, too, for one of them."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.backends.stream import LIMITS
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect
from tests.contract.backends.dialects.bailian import BailianDialect
from tests.contract.backends.dialects.dify import DifyCompletionDialect, DifyDialect, DifyWorkflowDialect
from tests.contract.backends.dialects.openai import FastGPTDialect, OpenAIDialect, RAGFlowDialect
from tests.contract.backends.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.contract.backends.dialects.protocol import Dialect

DIALECTS: dict[str, Callable[[], Dialect]] = {
    "anythingllm": AnythingLLMDialect,
    "dify": DifyDialect,
    "dify completion": DifyCompletionDialect,
    "dify workflow": DifyWorkflowDialect,
    "openai": OpenAIDialect,
    "fastgpt": FastGPTDialect,
    "ragflow": RAGFlowDialect,
    "bailian": BailianDialect,
}


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Costs 20 ms to build, so all clients share it."""
    return ssl.create_default_context()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What differs between the transports is common to the products, so not every pair is tried."""
    wanted = {"dialect", "http"} & set(metafunc.fixturenames)
    if wanted == {"dialect", "http"}:
        pairs = [*((name, "aiohttp") for name in DIALECTS), ("anythingllm", "httpx")]
        metafunc.parametrize(("dialect", "http"), pairs, indirect=True)
    elif "dialect" in wanted:
        metafunc.parametrize("dialect", DIALECTS, indirect=True)
    elif "http" in wanted:
        metafunc.parametrize("http", ["aiohttp", "httpx"], indirect=True)


@pytest.fixture
async def http(request: pytest.FixtureRequest, tls: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    transport_type = AiohttpTransport if request.param == "aiohttp" else httpx.AsyncHTTPTransport
    transport = transport_type(limits=LIMITS, verify=tls)
    async with httpx.AsyncClient(transport=transport) as client:
        yield client


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    listening = await scripted.start()
    yield scripted
    await scripted.stop(listening)
