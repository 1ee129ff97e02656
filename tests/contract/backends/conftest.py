"""A contract test runs for every product; over httpx's own transport, too, for one of them."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.backends.transport.stream import LIMITS
from rag_on_dingtalk.testing.scripted import ScriptedServer
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect
from tests.contract.backends.dialects.bailian import BailianDialect
from tests.contract.backends.dialects.coze import CozeDialect
from tests.contract.backends.dialects.dify import DifyCompletionDialect, DifyDialect, DifyWorkflowDialect
from tests.contract.backends.dialects.http import HttpDialect
from tests.contract.backends.dialects.openai import (
    ArkDialect,
    FastGPTDialect,
    OpenAIDialect,
    OpenWebUiDialect,
    RAGFlowDialect,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rag_on_dingtalk.testing.dialect import Dialect

DIALECTS: dict[str, Callable[[], Dialect]] = {
    "anythingllm": AnythingLLMDialect,
    "dify": DifyDialect,
    "dify completion": DifyCompletionDialect,
    "dify workflow": DifyWorkflowDialect,
    "openai": OpenAIDialect,
    "fastgpt": FastGPTDialect,
    "ragflow": RAGFlowDialect,
    "ark bots": ArkDialect,
    "open webui": OpenWebUiDialect,
    "bailian": BailianDialect,
    "coze": CozeDialect,
    "http": HttpDialect,
}


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Costs 20 ms to build, so all clients share it."""
    return ssl.create_default_context()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What differs between the transports is common to the products, so not every pair is tried.

    A test marked `shared` proves what is common to all of them: one product over both transports is enough,
    and `test_failures.py` shows for each product that it is wired to it.
    """
    wanted = {"dialect", "http"} & set(metafunc.fixturenames)
    shared = metafunc.definition.get_closest_marker("shared") is not None
    if wanted == {"dialect", "http"} and shared:
        pairs = [("anythingllm", "aiohttp"), ("anythingllm", "httpx")]
        metafunc.parametrize(("dialect", "http"), pairs, indirect=True)
    elif wanted == {"dialect", "http"}:
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
async def tls_free_http() -> AsyncIterator[httpx.AsyncClient]:
    """For tests that try the products themselves, over the transport that is deployed."""
    async with httpx.AsyncClient(transport=AiohttpTransport(limits=LIMITS, verify=False)) as client:
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
