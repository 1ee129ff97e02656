"""The wiki keeps what every backend keeps; run `pytest` in this folder once both packages are installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.plugins import build_plugin, own_settings
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Plugin
from rag_on_dingtalk.testing import PATIENT, BackendContract, data

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.settings.sections.backends import Timeouts

WIKI = Plugin(factory="company_wiki:Wiki", api_key="env:WIKI_KEY", settings={"space": "hr"})


class WikiDialect:
    """How the wiki speaks."""

    key = "wiki-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
    cites = True

    def build(self, url: str, http: httpx.AsyncClient, timeouts: Timeouts = PATIENT, **more: Any) -> Backend:
        settings = msgspec.structs.replace(WIKI, base_url=url, timeouts=timeouts, **more)
        return build_plugin(settings, Secret(self.key), http)

    def text(self, words: str) -> bytes:
        return data({"say": words})

    def end(self) -> bytes:
        return data({"pages": [{"title": "员工手册.md", "text": "补卡每月三次。"}]}) + data({"bye": "t-1"})

    def failure(self, words: str) -> bytes:
        return data({"oops": words})

    def refusal(self, words: str) -> str:
        return json.dumps({"oops": words})

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["question"])

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        return (first["thread"], second["thread"]) == ("", "t-1")


class TestWiki(BackendContract):
    dialect = WikiDialect


@pytest.mark.parametrize("settings", [{}, {"space": 7}, {"space": "hr", "spaec": "it"}])
def test_a_setting_that_is_wrong_is_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="company_wiki:Wiki is wrong at backend"):
        own_settings(msgspec.structs.replace(WIKI, settings=settings))
