"""Which settings make which backend: a new product is a file of its own and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.anythingllm import AnythingLLMBackend
from rag_on_dingtalk.backends.dify import DifyBackend
from rag_on_dingtalk.config import AnythingLLM, BackendSettings, Dify, Secret

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend


def build_backend(settings: BackendSettings, api_key: Secret, http: httpx.AsyncClient) -> Backend:
    """The backend a bot is configured with.

    http: made with `stream.LIMITS`, shared by all backends.
    """
    match settings:
        case AnythingLLM():
            return AnythingLLMBackend(settings, api_key, http)
        case Dify():
            return DifyBackend(settings, api_key, http)
