"""The classifier keeps what every moderation service keeps; run `pytest` in this folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.plugins.named import own_settings
from rag_on_dingtalk.plugins.seams import MODERATION
from rag_on_dingtalk.safety.moderation.plugin import build_service
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.safety import PluginModeration
from rag_on_dingtalk.testing import ModerationContract

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.safety.moderation.service import ModerationService

CHECKS = PluginModeration(
    factory="company_checks:Checks", api_key="env:CHECKS_KEY", settings={"url": "https://checks.example.com"}
)


class ChecksDialect:
    """How the classifier is asked and answers."""

    key = "checks-Zx8Yw7Vu6Ts5Rq4Po3"

    def build(self, url: str, http: httpx.AsyncClient) -> ModerationService:
        settings = msgspec.structs.replace(CHECKS, settings={"url": url})
        return build_service(settings, Secret(self.key), http)

    def says(self, label: str, *, allowed: bool) -> str:
        return json.dumps({"scores": {label: 0.1 if allowed else 0.93}})

    def asked(self, content: bytes) -> str:
        return str(json.loads(content)["text"])


class TestChecks(ModerationContract):
    dialect = ChecksDialect


@pytest.mark.parametrize(
    "settings", [{}, {"url": 7}, {"url": "https://a.example", "block_from": 80}, {"url": "x", "blok_from": 1}]
)
def test_a_setting_that_is_wrong_is_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"company_checks:Checks is wrong at safety\.moderation"):
        own_settings(msgspec.structs.replace(CHECKS, settings=settings), MODERATION)
