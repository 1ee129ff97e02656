"""The `kind` of a backend in bots.yaml: known, misspelt, or a plug-in's name."""

from __future__ import annotations

from typing import Any

import pytest

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_document import convert_bots, decode_bots, encode_bots
from rag_on_dingtalk.settings.sections.backends import Plugin

ROUTES = [
    {"name": "hard", "when": {"groups": ["cidDeep"]}, "use": "deep"},
    {"name": "everyone", "use": "wiki"},
]
APP = {"client_id": "dingapp", "client_secret": "env:SECRET"}


def document(**backend: Any) -> dict[str, Any]:
    return {"bots": {"wiki": {"dingtalk": APP, "backend": backend}}}


@pytest.mark.parametrize(
    ("kind", "near"),
    [
        ("anythinglm", "anythingllm"),
        ("Dify", "dify"),
        ("open-ai", "openai"),
        ("htp", "http"),
        ("bailan", "bailian"),
    ],
)
def test_a_misspelt_kind_is_told_the_nearest(kind: str, near: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Did you mean {near}"):
        convert_bots(document(kind=kind, base_url="https://a.example.com"))


def test_a_kind_like_no_other_is_told_which_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"There are anythingllm, .*python:package.module:Factory"):
        convert_bots(document(kind="zzz"))


def test_a_plug_ins_own_settings_stand_beside_the_others() -> None:
    written = document(
        kind="python:company_wiki:Wiki",
        base_url="https://wiki.example.com",
        api_key="env:WIKI_KEY",
        timeouts={"idle": 5},
        space="hr",
    )

    bots = convert_bots(written)

    backend = bots.bots["wiki"].backend
    assert isinstance(backend, Plugin)
    assert (backend.factory, backend.settings) == ("company_wiki:Wiki", {"space": "hr"})
    assert backend.timeouts.idle == 5
    assert decode_bots(encode_bots(bots)) == bots


@pytest.mark.parametrize(
    "kind", ["python:", "python:wiki", "python:wiki:", "python:a b:C", "python:wiki:C()"]
)
def test_a_name_of_a_plug_in_that_is_none_is_refused(kind: str) -> None:
    with pytest.raises(ConfigurationError, match=r"bots.wiki"):
        convert_bots(document(kind=kind))


def test_a_key_that_is_no_reference_is_refused_also_for_a_plug_in() -> None:
    with pytest.raises(ConfigurationError, match="must be a reference"):
        convert_bots(document(kind="python:a:B", api_key="secret"))


def test_a_server_needs_an_address_and_a_plug_in_does_not() -> None:
    assert convert_bots(document(kind="python:a:B")).bots["wiki"].main_backend.base_url == ""
    with pytest.raises(ConfigurationError, match="must start with http"):
        convert_bots(document(kind="http", base_url=""))


def test_each_of_several_backends_may_be_a_plug_in_and_a_misspelt_one_is_named_by_its_place() -> None:
    wiki = {"kind": "python:a:B", "space": "hr"}
    model = {"kind": "openai", "base_url": "https://m.example.com", "api_key": "env:K", "model": "m"}
    bot = {"dingtalk": APP, "backends": {"wiki": wiki, "deep": model}, "routes": ROUTES}

    backends = convert_bots({"bots": {"wiki": bot}}).bots["wiki"].all_backends
    assert backends["wiki"] == Plugin(factory="a:B", settings={"space": "hr"})
    with pytest.raises(ConfigurationError, match=r"bots.wiki.backends.deep.kind is 'opnai'.*openai"):
        convert_bots({"bots": {"wiki": {**bot, "backends": {"deep": {**model, "kind": "opnai"}}}}})
