"""`--backend-kind`: the demo's knowledge base behind each product's API, asked by the product's client."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio
import msgspec
import pytest

from devserver.settings import KNOWLEDGE_KEY, Settings
from devserver.system import LocalSystem
from devserver.wiring.backends import backend_here
from emulators.dingtalk import Card, CardState
from emulators.faults import FaultBoard
from emulators.rag_server import PRODUCTS, KnowledgeServer
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from tests.busy_machine import patient_bots
from tests.scenario.chat.test_main_job import TRAVEL
from tests.scenario.conftest import Chat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from rag_on_dingtalk.settings.bot import Bots
    from rag_on_dingtalk.settings.sections.backends import BackendSettings

#: Each alone, as the command line names it. The usual AnythingLLM is what every other test here asks.
ALONE = [("anythingllm", "multi-user", ""), ("anythingllm", "", "1.8"), ("dify", "agent", "0.15")]
#: Every version is asked by the backends' own contract; here one that differs much.
TOGETHER = [
    (kind, app, "") for kind, product in PRODUCTS.items() for app in product.apps if kind != "anythingllm"
] + [("dify", "chat", "0.6")]


@pytest.mark.parametrize(("kind", "app", "version"), ALONE)
async def test_the_demo_question_and_its_follow_up_are_answered(kind: str, app: str, version: str) -> None:
    settings = Settings(
        change_bots=patient_bots,
        piece_delay=0,
        qps=None,
        backend_kind=kind,
        backend_app=app,
        backend_version=version,
    )
    async with running(settings) as system:
        first, second = await asked(system, "handbook")

    check(first, second)


async def test_behind_every_other_product_they_are_answered_too() -> None:
    answers: dict[str, tuple[Card, Card]] = {}

    async def _asked(system: LocalSystem, bot: str) -> None:
        answers[bot] = await asked(system, bot)

    async with AsyncExitStack() as open_servers:
        backends = {}
        for kind, app, version in TOGETHER:
            server = KnowledgeServer(
                api_key=KNOWLEDGE_KEY,
                faults=FaultBoard(),
                kind=kind,
                app=app,
                version=version,
                piece_delay=0,
            )
            await server.start()
            open_servers.push_async_callback(server.stop)
            name = "-".join(filter(None, (kind, app, version.replace(".", "-"))))
            backends[name] = partial(backend_here, kind=kind, app=app, base_url=server.base_url)
        settings = Settings(
            change_bots=lambda bots: patient_bots(a_bot_for_each(bots, backends)),
            qps=None,
            monthly_calls=None,
        )
        async with running(settings) as system, anyio.create_task_group() as at_once:
            for bot in backends:
                at_once.start_soon(_asked, system, bot)

    assert set(answers) == set(backends)
    assert len(answers) == len(TOGETHER)
    for first, second in answers.values():
        check(first, second)


def a_bot_for_each(bots: Bots, backends: Mapping[str, Callable[[AnythingLLM], BackendSettings]]) -> Bots:
    """The demo's bot with each of the backends."""
    model = bots.bots["handbook"]
    there, clicks = model.main_backend, model.dingtalk.card_callback
    assert isinstance(there, AnythingLLM)
    assert clicks is not None
    mine = {}
    for name, backend in backends.items():
        app = msgspec.structs.replace(
            model.dingtalk,
            client_id=f"ding{name}",
            card_callback=msgspec.structs.replace(clicks, route=name),
        )
        mine[name] = msgspec.structs.replace(model, dingtalk=app, backend=backend(there))
    return msgspec.structs.replace(bots, bots=mine, console=None)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[LocalSystem]:
    system = LocalSystem(settings)
    await system.start()
    try:
        yield system
    finally:
        await system.stop()


async def asked(system: LocalSystem, bot: str) -> tuple[Card, Card]:
    """A new conversation's first two answers."""
    person, robot = system.dingtalk.person("小明"), system.dingtalk.robot(bot)
    chat = Chat(system, robot, system.dingtalk.private(person, robot), [person])
    return await chat.ask(TRAVEL), await chat.ask("那一线城市的住宿呢？")


def check(first: Card, second: Card) -> None:
    assert (first.state, second.state) == (CardState.FINISHED, CardState.FINISHED)
    assert "根据《差旅报销标准（2026 版）》" in first.text
    # What has no memory has to make do with the question itself, which names enough here.
    assert "员工为 600 元" in second.text
