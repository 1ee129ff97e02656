"""`console:` in bots.yaml: what is accepted, what is refused and why."""

from __future__ import annotations

from typing import Any

import pytest

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_document import convert_bots, decode_bots, encode_bots
from rag_on_dingtalk.settings.checks.console import signing_bot
from rag_on_dingtalk.webhook.routes import read_settings


def document(console: Any, corp_id: str = "corp1") -> dict[str, Any]:
    app = {"client_id": "d", "client_secret": "env:S", "corp_id": corp_id}
    backend = {"kind": "anythingllm", "base_url": "https://kb.example", "api_key": "env:K", "workspace": "w"}
    return {"console": console, "bots": {"handbook": {"dingtalk": app, "backend": backend}}}


@pytest.mark.parametrize("off", [None, False])
def test_without_it_there_is_no_console(off: object) -> None:
    assert convert_bots(document(off)).console is None


@pytest.mark.parametrize("on", [True, {}, {"bot": "handbook", "url": "https://console.example.com"}])
def test_with_it_the_compiled_file_has_it_and_the_callback_passes_it_over(on: object) -> None:
    bots = convert_bots(document(on))

    assert bots.console is not None
    assert signing_bot(bots) == "handbook"
    assert decode_bots(encode_bots(bots)) == bots
    assert list(read_settings(encode_bots(bots))) == ["handbook"]


@pytest.mark.parametrize(
    ("console", "names"),
    [
        ({"bot": "other"}, "console.bot"),
        ({"url": "http://console.example.com"}, "console.url"),
        ({"url": "https://console.example.com/path"}, "console.url"),
        ({"session_key": "the key itself"}, "console.session_key"),
        ({"colour": "blue"}, "console"),
        ("yes", "console"),
    ],
    ids=str,
)
def test_a_mistake_is_named(console: object, names: str) -> None:
    with pytest.raises(ConfigurationError, match=names):
        convert_bots(document(console))


def test_the_bot_that_signs_people_in_needs_its_organisation() -> None:
    with pytest.raises(ConfigurationError, match="corp_id"):
        convert_bots(document({}, corp_id=""))
