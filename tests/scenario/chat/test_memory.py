"""What one instance takes at most when many people send it large pictures at once."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import Person
from tests.busy_machine import patient_bots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANSWER = "rag-on-dingtalk-async-answer"
PEOPLE = 20
PICTURE_BYTES = 9_500_000
#: Of the 512 MB that an instance has. Without a bound the pictures alone are 190 MB, and 600 MB in all the
#: forms in which they are sent.
MOST_MEGABYTES = 250

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads the peak of a process from /proc, which Linux has"
)


@pytest.fixture
async def quiet() -> AsyncIterator[LocalSystem]:
    system = LocalSystem(Settings(change_bots=patient_bots, piece_delay=0, qps=None, monthly_calls=None))
    await system.start()
    yield system
    await system.stop()


def peak_megabytes(pid: int) -> float:
    """The largest resident size of the process so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


async def ask_with_picture(system: LocalSystem, number: int) -> None:
    person = system.dingtalk.add_person(Person(nick=f"摄影师{number}", staff_id=f"photo{number:04}"))
    robot = system.dingtalk.robot("handbook")
    await system.dingtalk.say(
        person=person,
        conversation=system.dingtalk.private(person, robot),
        robot=robot,
        text="年假有几天？",
        pictures=[b"\x89PNG\r\n\x1a\n" + os.urandom(PICTURE_BYTES)],
    )


@pytest.mark.parametrize("fault", ["", "knowledge.error_500"], ids=["answered", "refused by the backend"])
async def test_twenty_people_with_a_large_picture_each_fit_into_one_instance(
    quiet: LocalSystem, fault: str
) -> None:
    if fault:
        quiet.faults.switch_on(fault)
    await asyncio.gather(*(ask_with_picture(quiet, number) for number in range(PEOPLE)))
    await quiet.functions.idle()
    (instance,) = (one for one in quiet.functions.instances() if one.function == ANSWER)
    told = [entry for chat in quiet.dingtalk.conversations for entry in chat.entries[1:]]

    assert instance.pid is not None
    assert len(told) == PEOPLE
    assert peak_megabytes(instance.pid) < MOST_MEGABYTES
