from __future__ import annotations

import httpx
import pytest

from rag_on_dingtalk.backends.anythingllm import AnythingLLMBackend
from rag_on_dingtalk.backends.dify import DifyBackend
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.config import AnythingLLM, BackendSettings, Dify, Secret


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (AnythingLLM(base_url="https://kb", api_key="env:KEY", workspace="handbook"), AnythingLLMBackend),
        (Dify(base_url="https://dify/v1", api_key="env:KEY"), DifyBackend),
    ],
)
async def test_settings_make_their_own_backend(settings: BackendSettings, kind: type[object]) -> None:
    async with httpx.AsyncClient() as http:
        assert type(build_backend(settings, Secret("key"), http)) is kind
