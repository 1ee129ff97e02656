from __future__ import annotations

import pytest

from rag_on_dingtalk.backends.anythingllm import AnythingLLMBackend
from rag_on_dingtalk.backends.bailian import BailianBackend
from rag_on_dingtalk.backends.dify import DifyBackend
from rag_on_dingtalk.backends.openai_compatible import OpenAIBackend
from rag_on_dingtalk.backends.registry import open_backend
from rag_on_dingtalk.config import AnythingLLM, BackendSettings, Bailian, Dify, OpenAICompatible, Secret


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (AnythingLLM(base_url="https://kb", api_key="env:KEY", workspace="handbook"), AnythingLLMBackend),
        (Dify(base_url="https://dify/v1", api_key="env:KEY"), DifyBackend),
        (OpenAICompatible(base_url="https://llm/v1", api_key="env:KEY", model="qwen"), OpenAIBackend),
        (Bailian(app_id="app1", api_key="env:KEY"), BailianBackend),
    ],
)
async def test_settings_make_their_own_backend(settings: BackendSettings, kind: type[object]) -> None:
    async with open_backend(settings, Secret("key")) as backend:
        assert type(backend) is kind
