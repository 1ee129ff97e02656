"""Which backend the demo's bots have, and what the command line refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.__main__ import main
from local.backends import backend_here
from local.knowledge import PRODUCTS
from rag_on_dingtalk.config import AnythingLLM, Bailian, Dify, OpenAICompatible

if TYPE_CHECKING:
    from rag_on_dingtalk.config import BackendSettings

THERE = AnythingLLM(base_url="http://127.0.0.1:3001", api_key="env:KEY", workspace="handbook", mode="chat")
HERE = "http://127.0.0.1:4000/base"


@pytest.mark.parametrize(
    ("kind", "app", "backend"),
    [
        ("anythingllm", "", AnythingLLM(base_url=HERE, api_key="env:KEY", workspace="handbook", mode="chat")),
        ("dify", "", Dify(base_url=HERE, api_key="env:KEY")),
        ("dify", "chatflow", Dify(base_url=HERE, api_key="env:KEY", app="chatflow")),
        ("openai", "", OpenAICompatible(base_url=HERE, api_key="env:KEY", model="handbook")),
        ("bailian", "workflow", Bailian(base_url=HERE, api_key="env:KEY", app_id="handbook")),
    ],
)
def test_a_bot_asks_this_machine_in_the_products_way(kind: str, app: str, backend: BackendSettings) -> None:
    assert backend_here(THERE, kind=kind, app=app, base_url=HERE) == backend


@pytest.mark.parametrize("app", PRODUCTS["dify"].apps)
def test_every_kind_of_dify_app_is_one_that_can_be_configured(app: str) -> None:
    backend = backend_here(THERE, kind="dify", app=app, base_url=HERE)
    assert isinstance(backend, Dify)
    assert backend.app == app


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--backend-kind", "maxkb"], "invalid choice"),
        (["--backend-kind", "dify", "--backend-app", "bot"], "Its apps are: chat, agent, chatflow"),
        (["--backend-app", "chat"], "It has no kinds of app."),
        (["--backend-kind", "dify", "--backend", "http://127.0.0.1:1"], "a bots.yaml of your own"),
    ],
)
def test_a_backend_that_cannot_be_is_explained(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        main(arguments)
    assert exited.value.code == 2
    assert reason in " ".join(capsys.readouterr().err.split())
