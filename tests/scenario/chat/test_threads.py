"""AnythingLLM in multi-user mode: a person's session is a thread there; /new and expiry begin another."""

from __future__ import annotations

import msgspec
import pytest

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import CardState
from tests.busy_machine import patient_bots
from tests.scenario.chat.test_main_job import TRAVEL
from tests.scenario.conftest import Chat


def slugs(system: LocalSystem) -> list[str]:
    """The threads that were asked, in order."""
    paths = (request.path for request in system.knowledge.requests if request.question)
    return [path.split("/thread/")[1].split("/")[0] for path in paths]


@pytest.mark.parametrize("expires", [False, True], ids=["new", "expiry"])
async def test_a_session_is_a_thread_until_it_ends(*, expires: bool) -> None:
    system = LocalSystem(
        Settings(change_bots=patient_bots, piece_delay=0, qps=None, backend_app="multi-user")
    )
    if expires:
        bots = {
            name: msgspec.structs.replace(
                bot, session=msgspec.structs.replace(bot.session, idle_minutes=1e-6)
            )
            for name, bot in system.bots.bots.items()
        }
        system._local_bots.bots = msgspec.structs.replace(system.bots, bots=bots)
    await system.start()
    try:
        person, robot = system.dingtalk.person("小明"), system.dingtalk.robot("handbook")
        chat = Chat(system, robot, system.dingtalk.private(person, robot), [person])
        first = await chat.ask(TRAVEL)
        second = await chat.ask("那一线城市的住宿呢？")
        if not expires:
            await chat.say("/new")
            await chat.ask(TRAVEL)
    finally:
        await system.stop()
    assert (first.state, second.state) == (CardState.FINISHED, CardState.FINISHED)
    asked = slugs(system)
    if expires:
        assert asked[0] != asked[1]
    else:
        assert asked[0] == asked[1] != asked[2]
