from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any, cast, get_args

import msgspec
import pytest

from rag_on_dingtalk.backends.anythingllm import AnythingLLMBackend
from rag_on_dingtalk.backends.bailian import BailianBackend
from rag_on_dingtalk.backends.conversation_ids import mark_of
from rag_on_dingtalk.backends.dify import DifyBackend
from rag_on_dingtalk.backends.http import HttpBackend
from rag_on_dingtalk.backends.openai_compatible import OpenAIBackend
from rag_on_dingtalk.backends.registry import KINDS, open_backend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import (
    AnythingLLM,
    BackendSettings,
    Bailian,
    Connection,
    Dify,
    Http,
    OpenAICompatible,
    Plugin,
)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (AnythingLLM(base_url="https://kb", api_key="env:KEY", workspace="handbook"), AnythingLLMBackend),
        (Dify(base_url="https://dify/v1", api_key="env:KEY"), DifyBackend),
        (OpenAICompatible(base_url="https://llm/v1", api_key="env:KEY", model="qwen"), OpenAIBackend),
        (Bailian(app_id="app1", api_key="env:KEY"), BailianBackend),
        (Http(base_url="https://agent"), HttpBackend),
    ],
)
async def test_settings_make_their_own_backend(settings: BackendSettings, kind: type[object]) -> None:
    async with open_backend(settings, Secret("key")) as backend:
        assert type(backend) is kind


def test_every_kind_of_settings_has_its_row_and_no_row_is_left_over() -> None:
    assert set(KINDS) == set(get_args(BackendSettings))


class LibraryBackend:
    def __init__(self, settings: Any, api_key: Secret, http: object) -> None:
        self.made_of = (settings.shelf, api_key.reveal(), http is not None)


async def test_a_new_kind_needs_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library(msgspec.Struct, frozen=True):
        shelf: str
        connection: Connection = Connection()

    rows: dict[Any, str] = KINDS
    monkeypatch.setitem(rows, Library, "a_library:LibraryBackend")
    module = cast("Any", SimpleNamespace(LibraryBackend=LibraryBackend))
    monkeypatch.setitem(sys.modules, "a_library", module)

    async with open_backend(cast("Any", Library("A7")), Secret("key")) as backend:
        assert cast("Any", backend).made_of == ("A7", "key", True)
    assert mark_of(cast("Any", Library("A7"))) != mark_of(cast("Any", Library("B2")))


def test_another_preset_target_or_plug_in_is_another_backend() -> None:
    one = Http(base_url="https://a", preset="flowise", target="f")
    two = Http(base_url="https://a", preset="flowise", target="g")
    own: list[BackendSettings] = [Plugin(factory="a.b:C", settings={"space": space}) for space in ("x", "y")]
    every: list[BackendSettings] = [one, two, *own]
    assert len({mark_of(settings) for settings in every}) == 4


def test_marks_of_conversations_stay_the_same_over_releases() -> None:
    """A changed mark would begin every open conversation anew."""
    assert mark_of(Dify(base_url="https://dify/v1", api_key="env:KEY")) == "344a0dab"
    assert mark_of(Bailian(app_id="app1", api_key="env:KEY")) == "5bf4bb27"
