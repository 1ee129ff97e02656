"""`--backend-kind`: the demo's knowledge base behind each product's API, asked by the product's client."""

from __future__ import annotations

import pytest

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import CardState
from emulators.rag_server import PRODUCTS
from tests.busy_machine import patient_bots
from tests.scenario.chat.test_main_job import TRAVEL
from tests.scenario.conftest import Chat

CHOICES = [(kind, app, "") for kind, product in PRODUCTS.items() for app in product.apps]
#: Every version is asked by the backends' own contract; here those that differ most.
OLD = [("anythingllm", "", "1.8"), ("dify", "chat", "0.6"), ("dify", "agent", "0.15")]


@pytest.mark.parametrize(("kind", "app", "version"), CHOICES + OLD)
async def test_the_demo_question_and_its_follow_up_are_answered(kind: str, app: str, version: str) -> None:
    settings = Settings(
        change_bots=patient_bots,
        piece_delay=0,
        qps=None,
        backend_kind=kind,
        backend_app=app,
        backend_version=version,
    )
    system = LocalSystem(settings)
    await system.start()
    try:
        person, robot = system.dingtalk.person("小明"), system.dingtalk.robot("handbook")
        chat = Chat(system, robot, system.dingtalk.private(person, robot), [person])
        first = await chat.ask(TRAVEL)
        second = await chat.ask("那一线城市的住宿呢？")
    finally:
        await system.stop()
    assert (first.state, second.state) == (CardState.FINISHED, CardState.FINISHED)
    assert "根据《差旅报销标准（2026 版）》" in first.text
    # What has no memory has to make do with the question itself, which names enough here.
    assert "员工为 600 元" in second.text
