"""`--backend-kind`: the demo's knowledge base behind each product's API, asked by the product's client."""

from __future__ import annotations

import pytest

from local.dingtalk import CardState
from local.knowledge import PRODUCTS
from local.settings import Settings
from local.system import LocalSystem
from tests.scenario.conftest import Chat
from tests.scenario.test_main_job import TRAVEL

CHOICES = [(kind, app) for kind, product in PRODUCTS.items() for app in product.apps]


@pytest.mark.parametrize(("kind", "app"), CHOICES)
async def test_the_demo_question_and_its_follow_up_are_answered(kind: str, app: str) -> None:
    system = LocalSystem(Settings(piece_delay=0, qps=None, backend_kind=kind, backend_app=app))
    await system.start()
    try:
        person, robot = system.dingtalk.person("小明"), system.dingtalk.robot("handbook")
        chat = Chat(system, robot, system.dingtalk.private(person, robot), [person])
        first = await chat.ask(TRAVEL)
        second = await chat.ask("那一线城市的住宿呢？")
    finally:
        await system.stop()
    assert (first.state, second.state) == (CardState.FINISHED, CardState.FINISHED)
    assert first.text.startswith("根据《差旅报销标准（2026 版）》")
    # What has no memory has to make do with the question itself, which names enough here.
    assert "员工为 600 元" in second.text
