"""`--backend`: the bots ask an AnythingLLM outside the local system, with its key from the environment."""

from __future__ import annotations

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import Card, CardState
from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from tests.scenario.chat.test_main_job import TRAVEL
from tests.scenario.conftest import Chat


async def ask_with(key: str) -> tuple[KnowledgeServer, Card]:
    """Ask once; the server and the card."""
    outside = KnowledgeServer(api_key="OUTSIDE-KEY", faults=FaultBoard(), piece_delay=0)
    await outside.start()
    system = LocalSystem(Settings(backend=outside.url, environ={"ANYTHINGLLM_API_KEY": key}))
    await system.start()
    try:
        person, robot = system.dingtalk.person("小明"), system.dingtalk.robot("handbook")
        chat = Chat(system, robot, system.dingtalk.private(person, robot), [person])
        card = await chat.ask(TRAVEL)
        assert not system.knowledge.requests
        return outside, card
    finally:
        await system.stop()
        await outside.stop()


async def test_a_backend_elsewhere_is_asked_with_the_key_of_the_environment() -> None:
    outside, card = await ask_with("OUTSIDE-KEY")

    assert [request.question for request in outside.requests if request.question] == [TRAVEL]
    assert card.state is CardState.FINISHED
    assert "来源" in card.text


async def test_a_wrong_key_is_said_to_be_a_matter_for_the_administrator() -> None:
    _, card = await ask_with("ANOTHER-KEY")

    assert card.state is CardState.FAILED

    assert card.text == "知识库拒绝了机器人的密钥，请联系管理员检查配置。"
