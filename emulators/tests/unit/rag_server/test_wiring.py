"""Which backend the demo's bots have, and what the command line refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devserver.__main__ import main
from devserver.settings import Settings
from devserver.system import LocalSystem
from devserver.wiring.backends import backend_here, backend_name
from emulators.faults import FaultBoard
from emulators.rag_server import PRODUCTS, KnowledgeServer
from rag_on_dingtalk.settings.sections.backends import AnythingLLM, Bailian, Dify, OpenAICompatible

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.sections.backends import BackendSettings

THERE = AnythingLLM(base_url="http://127.0.0.1:3001", api_key="env:KEY", workspace="handbook", mode="chat")
HERE = "http://127.0.0.1:4000/base"


@pytest.mark.parametrize(
    ("kind", "app", "backend"),
    [
        ("anythingllm", "", AnythingLLM(base_url=HERE, api_key="env:KEY", workspace="handbook", mode="chat")),
        ("dify", "", Dify(base_url=HERE, api_key="env:KEY")),
        ("dify", "chatflow", Dify(base_url=HERE, api_key="env:KEY", app="chatflow")),
        ("openai", "", OpenAICompatible(base_url=HERE, api_key="env:KEY", model="handbook")),
        (
            "openai",
            "ragflow",
            OpenAICompatible(base_url=HERE, api_key="env:KEY", model="handbook", flavour="ragflow"),
        ),
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
        (["--backend-app", "chat"], "Its apps are: single-user, multi-user."),
        (["--backend-kind", "dify", "--backend", "http://127.0.0.1:1"], "a bots.yaml of your own"),
        (["--backend-version", "1.8", "--backend", "http://127.0.0.1:1"], "a bots.yaml of your own"),
        (["--backend-kind", "dify", "--backend-version", "typo"], "It can be: 0.6, 0.15, 1.12, 1.13."),
        (["--backend-version", "0.6"], "It can be: 1.8, 1.11, 1.12, 1.16."),
        (["--backend-kind", "bailian", "--backend-version", "2"], "There is one version of it only."),
    ],
)
def test_a_backend_that_cannot_be_is_explained(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        main(arguments)
    assert exited.value.code == 2
    assert reason in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(), "AnythingLLM 1.16"),
        (Settings(backend_version="1.8"), "AnythingLLM 1.8"),
        (Settings(backend_kind="dify", backend_app="chatflow"), "Dify 1.13 (chatflow)"),
        (Settings(backend_kind="openai", backend_app="fastgpt", backend_version="4.8"), "FastGPT 4.8"),
        (Settings(backend_kind="bailian"), "Bailian (agent)"),
        (Settings(backend="http://127.0.0.1:1", environ={"ANYTHINGLLM_API_KEY": "k"}), "AnythingLLM"),
    ],
)
def test_a_bot_is_shown_with_the_backend_that_answers_it(settings: Settings, name: str) -> None:
    assert LocalSystem(settings).backend_of("handbook") == name


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        (THERE, "AnythingLLM"),
        (Dify(base_url=HERE, api_key="env:KEY", app="workflow"), "Dify (workflow)"),
        (OpenAICompatible(base_url=HERE, api_key="env:KEY", model="m", flavour="ragflow"), "RAGFlow"),
        (OpenAICompatible(base_url=HERE, api_key="env:KEY", model="m"), "OpenAI-compatible"),
        (Bailian(base_url=HERE, api_key="env:KEY", app_id="a"), "Model Studio (百炼)"),
    ],
)
def test_every_product_has_a_name_that_people_know(backend: BackendSettings, name: str) -> None:
    assert backend_name(backend) == name


@pytest.mark.parametrize("kind", PRODUCTS)
def test_every_app_has_a_newest_version_and_every_version_can_be_built(kind: str) -> None:
    product = PRODUCTS[kind]
    for app in product.apps or ("",):
        versions = product.versions.get(app, product.versions.get("", ("",)))
        assert product.version(app, "") == versions[-1]
        for version in versions:
            server = KnowledgeServer(api_key="k", faults=FaultBoard(), kind=kind, app=app, version=version)
            assert version in server.product
