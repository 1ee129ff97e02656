"""What the bill assumes of Tablestore is what an answer takes in the local system, as docs/cost.md says."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.tablestore.operations import batches, rows, writing
from emulators.tablestore.store.capacity import consumed
from rag_on_dingtalk.cost.bill import READ_CU, READ_CU_PER_SECOND, WRITE_CU, WRITE_CU_PER_SECOND
from rag_on_dingtalk.models.question import turn_id_of
from tests.busy_machine import patient_bots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DOCUMENT = (Path(__file__).parents[3] / "docs" / "cost.md").read_text(encoding="utf-8")


class Taken(msgspec.Struct):
    """By one answer, or until now."""

    requests: int = 0
    read: int = 0
    write: int = 0
    seconds: float = 0.0


def documented(row: str) -> list[int]:
    """The counts of a row: a warm answer, an instance's first, a long one."""
    cells = re.search(rf"^\| {row} \| (\d+) \| (\d+) \| (\d+) \|", DOCUMENT, re.MULTILINE)
    assert cells is not None
    return [int(cell) for cell in cells.groups()]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Taken:
    """The capacity units that the emulator has told its clients of."""
    total = Taken()

    def count(*, read: int = 0, write: int = 0) -> Any:
        total.read += read
        total.write += write
        return consumed(read=read, write=write)

    for module in (batches, rows, writing):
        monkeypatch.setattr(module, "consumed", count)
    return total


@pytest.fixture
async def system() -> AsyncIterator[LocalSystem]:
    started = LocalSystem(Settings(change_bots=patient_bots, piece_delay=0, qps=None, monthly_calls=None))
    await started.start()
    yield started
    await started.stop()


async def answer(system: LocalSystem, counted: Taken) -> Taken:
    """What one short answer takes."""
    dingtalk = system.dingtalk
    person, robot = dingtalk.person("小明"), dingtalk.robot("handbook")
    before, requests, began = (
        msgspec.structs.replace(counted),
        len(system.tablestore_requests),
        time.monotonic(),
    )
    outcome = await dingtalk.say(
        person=person,
        conversation=dingtalk.private(person, robot),
        text="最新的差旅报销标准是什么？",
        robot=robot,
    )
    turn_id = turn_id_of(robot.name, outcome.message.id)
    await dingtalk.wait_for(lambda: dingtalk.card(turn_id).closed, 120)
    await system.functions.idle()
    return Taken(
        requests=len(system.tablestore_requests) - requests,
        read=counted.read - before.read,
        write=counted.write - before.write,
        seconds=time.monotonic() - began,
    )


async def test_a_short_answer_takes_what_the_document_says_and_the_bill_assumes(
    system: LocalSystem, counted: Taken
) -> None:
    first = await answer(system, counted)
    warm = await answer(system, counted)

    for column, taken in enumerate((warm, first)):
        # On a slow machine an answer lasts long enough to look for a stop; each second may add one of each.
        longer = math.floor(taken.seconds)
        for row, count in (
            ("Tablestore requests", taken.requests),
            ("Tablestore read CU", taken.read),
            ("Tablestore write CU", taken.write),
        ):
            assert documented(row)[column] <= count <= documented(row)[column] + longer, row
    # Without the looks that only a slow machine adds.
    extra = math.floor(warm.seconds)
    assert warm.read - extra <= READ_CU + READ_CU_PER_SECOND * (warm.seconds + 1)
    assert warm.write - extra <= WRITE_CU + WRITE_CU_PER_SECOND * (warm.seconds + 1)


def test_the_bill_assumes_no_less_than_a_long_answer_took_and_hardly_more() -> None:
    for row, start, each_second in (
        ("Tablestore read CU", READ_CU, READ_CU_PER_SECOND),
        ("Tablestore write CU", WRITE_CU, WRITE_CU_PER_SECOND),
    ):
        taken = documented(row)[2]

        assert taken <= start + each_second * 13 <= taken + 2
        assert f"{start:g} + {each_second:g} a second |" in DOCUMENT
