"""Which settings make which backend: a new product is a file, its settings struct and one row of `KINDS`.

A product's file is imported when the first bot of its kind is built: an instance pays for what it asks only.
"""

from __future__ import annotations

import importlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.transport.http import client_for
from rag_on_dingtalk.settings.sections.backends import (
    AnythingLLM,
    Bailian,
    Coze,
    Dify,
    Http,
    OpenAICompatible,
    Plugin,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import BackendSettings

    Make = Callable[[Any, Secret, httpx.AsyncClient], Backend]

#: The settings struct of each product, and where that is which makes its backend of them, the key and an HTTP
#: client.
KINDS: dict[type[Any], str] = {
    AnythingLLM: "rag_on_dingtalk.backends.anythingllm:AnythingLLMBackend",
    Dify: "rag_on_dingtalk.backends.dify:DifyBackend",
    OpenAICompatible: "rag_on_dingtalk.backends.openai_compatible:OpenAIBackend",
    Bailian: "rag_on_dingtalk.backends.bailian:BailianBackend",
    Coze: "rag_on_dingtalk.backends.coze:CozeBackend",
    Http: "rag_on_dingtalk.backends.http:HttpBackend",
    Plugin: "rag_on_dingtalk.backends.plugins:build_plugin",
}


@asynccontextmanager
async def open_backend(settings: BackendSettings, api_key: Secret) -> AsyncIterator[Backend]:
    """The backend a bot is configured with, and its connections until the end of the context.

    Raises:
        ConfigurationError: the connection's settings cannot be used, or a plug-in cannot.
    """
    async with client_for(settings.connection) as http:
        yield build_backend(settings, api_key, http)


def build_backend(settings: BackendSettings, api_key: Secret, http: httpx.AsyncClient) -> Backend:
    """The backend of `settings`, which uses the given client and does not close it.

    Raises:
        ConfigurationError: a plug-in cannot be used.
    """
    return _maker(KINDS[type(settings)])(settings, api_key, http)


def _maker(place: str) -> Make:
    module, _, name = place.partition(":")
    made: Make = getattr(importlib.import_module(module), name)
    return made
