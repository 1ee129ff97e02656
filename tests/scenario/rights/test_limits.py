"""A bot with limits and an answering function of its own, in the whole local system."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import yaml

from devserver.settings import ROOT, Settings
from devserver.system import ASYNC_ANSWER, LocalSystem
from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from tests.scenario.chat.test_main_job import TRAVEL
from tests.scenario.conftest import Chat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from emulators.dingtalk import Person


@asynccontextmanager
async def local_system(folder: Path, **settings: Any) -> AsyncIterator[LocalSystem]:
    """The demo's bots, with these settings for `handbook`."""
    document = yaml.safe_load((ROOT / "devserver" / "bots.yaml").read_text(encoding="utf-8"))
    document["bots"]["handbook"] |= settings
    # What the demo's bots refer to lies beside their file.
    for kept in ("words", "skills"):
        shutil.copytree(ROOT / "devserver" / kept, folder / kept)
    file = folder / "bots.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    knowledge = KnowledgeServer(api_key="KEY", faults=FaultBoard(), piece_delay=0)
    await knowledge.start()
    system = LocalSystem(
        Settings(bots=file, backend=knowledge.url, qps=None, environ={"ANYTHINGLLM_API_KEY": "KEY"})
    )
    try:
        await system.start()
        yield system
    finally:
        await system.stop()
        await knowledge.stop()


def chat_of(system: LocalSystem, robot: str, person: Person) -> Chat:
    app = system.dingtalk.robot(robot)
    return Chat(system, app, system.dingtalk.private(person, app), [person])


async def test_the_question_beyond_the_limit_is_refused_in_words_and_costs_no_card(tmp_path: Path) -> None:
    limit = {"scope": "user", "per": "day", "questions": 2}
    async with local_system(tmp_path, limits=[limit]) as system:
        ming, hong = system.dingtalk.person("小明"), system.dingtalk.person("小红")
        chat = chat_of(system, "handbook", ming)
        for _ in range(2):
            assert "来源" in (await chat.ask(TRAVEL)).text

        await chat.say(TRAVEL)

        assert [message.text for message in await chat.replies(1)] == [
            "你每天最多可以问 2 个问题，已经问完了。明天 00:00 起可以再问。"
        ]
        assert len(system.dingtalk.cards(chat.conversation)) == 2
        assert "来源" in (await chat_of(system, "handbook", hong).ask(TRAVEL)).text


async def test_a_bot_with_a_function_of_its_own_is_answered_there_and_the_others_are_not(
    tmp_path: Path,
) -> None:
    own = {"instances": 1, "concurrency": 3}
    async with local_system(tmp_path, answer_function=own) as system:
        ming = system.dingtalk.person("小明")
        for robot in ("handbook", "team"):
            assert "来源" in (await chat_of(system, robot, ming).ask(TRAVEL)).text

        answered = [
            entry.function for entry in system.log if '"message":"answered"' in entry.line.replace(" ", "")
        ]

    assert answered == [f"{ASYNC_ANSWER}-handbook", ASYNC_ANSWER]
