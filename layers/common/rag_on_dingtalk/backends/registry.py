"""Which settings make which backend: a new product is a file of its own and one line here."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.anythingllm import AnythingLLMBackend
from rag_on_dingtalk.backends.bailian import BailianBackend
from rag_on_dingtalk.backends.dify import DifyBackend
from rag_on_dingtalk.backends.http import client_for
from rag_on_dingtalk.backends.openai_compatible import OpenAIBackend
from rag_on_dingtalk.config import AnythingLLM, BackendSettings, Bailian, Dify, OpenAICompatible, Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from rag_on_dingtalk.backends.base import Backend


@asynccontextmanager
async def open_backend(settings: BackendSettings, api_key: Secret) -> AsyncIterator[Backend]:
    """The backend a bot is configured with, and its connections until the end of the context.

    Raises:
        ConfigurationError: the connection's settings cannot be used.
    """
    async with client_for(settings.connection) as http:
        yield build_backend(settings, api_key, http)


def build_backend(settings: BackendSettings, api_key: Secret, http: httpx.AsyncClient) -> Backend:
    """The backend of `settings`, over a client of the caller's."""
    match settings:
        case AnythingLLM():
            return AnythingLLMBackend(settings, api_key, http)
        case Dify():
            return DifyBackend(settings, api_key, http)
        case OpenAICompatible():
            return OpenAIBackend(settings, api_key, http)
        case Bailian():
            return BailianBackend(settings, api_key, http)
