"""The demo's canary through the whole local system: compared, stopped and started by its owner's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from devserver.settings import Settings
from devserver.system import LocalSystem
from tests.busy_machine import patient_bots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.dingtalk import Person


@pytest_asyncio.fixture
async def system() -> AsyncIterator[LocalSystem]:
    """The demo, whose bot `team` has 小明 in its canary and 小红 as its owner."""
    started = LocalSystem(Settings(change_bots=patient_bots, piece_delay=0, qps=None, monthly_calls=None))
    await started.start()
    yield started
    await started.stop()


async def say(system: LocalSystem, person: Person, text: str) -> str:
    """What the person's last message is answered with."""
    dingtalk, robot = system.dingtalk, system.dingtalk.robot("team")
    private = dingtalk.private(person, robot)
    await dingtalk.say(person=person, conversation=private, text=text, robot=robot)
    await system.functions.idle()
    return dingtalk.messages(private)[-1].text


async def test_the_owner_sees_both_arms_and_ends_and_begins_the_experiment(system: LocalSystem) -> None:
    ming, hong = system.dingtalk.person("小明"), system.dingtalk.person("小红")
    for person in (ming, ming, hong):
        await say(system, person, "年假有几天？")

    refused = await say(system, ming, "/canary status")
    status = await say(system, hong, "/canary status")
    stopped = await say(system, hong, "/canary stop")
    again = await say(system, hong, "/灰度 停止")
    started = await say(system, hong, "/canary start general-next")
    anew = await say(system, hong, "/canary")

    assert "只有负责人" in refused
    assert "提问：灰度 2，稳定 1" in status
    assert "已停止" in stopped
    assert "本来就是这样" in again
    assert "重新开始" in started
    assert "提问：灰度 0，稳定 0" in anew
