"""How experiments stand and what their arms come to, through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest_asyncio

from emulators.faults import FaultBoard
from rag_on_dingtalk.models.experiments import ExperimentStatus
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow, Experiments
from rag_on_dingtalk.storage.tables import EXPERIMENTS, TABLES
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NAME = "新手册"
EVENT = QuestionEvent(
    turn_id="t1", bot="handbook", asked_ms=1_795_967_999_999, outcome="answered", total_ms=4_000, calls=6
)


@pytest_asyncio.fixture
async def rows() -> AsyncIterator[Rows]:
    async with tablestore() as url:
        opened = Rows(endpoint=url, instance=INSTANCE, region="cn-hangzhou", credentials=lambda: KEY)
        yield opened
        await opened.close()


def in_arm(arm: str, number: int = 1, **changes: object) -> QuestionEvent:
    return msgspec.structs.replace(EVENT, turn_id=f"t{number}", arm=arm, **changes)


async def test_what_was_decided_is_read_back_and_an_older_decision_does_not_replace_it(rows: Rows) -> None:
    store = Experiments(rows)
    stopped = ExperimentStatus(state="stopped", by="guard", at_ms=5, why="failed 9/10", told=False)

    assert await store.of("handbook") == {}
    assert await store.decide("handbook", NAME, stopped, after=ExperimentRow())
    assert not await store.decide("handbook", NAME, ExperimentStatus(), after=ExperimentRow())
    (row,) = (await store.of("handbook")).values()
    promoted = ExperimentStatus(state="promoted", by="boss01", at_ms=6)
    assert await store.decide("handbook", NAME, promoted, after=row)

    assert (row.status, row.version) == (stopped, 1)
    assert (await store.of("handbook"))[NAME].status == promoted
    assert await store.of("team") == {}


async def test_of_many_deciders_one_decides(rows: Rows) -> None:
    store = Experiments(rows)
    wishes = [ExperimentStatus(state="stopped", by=f"ops{number}") for number in range(8)]

    took = await asyncio.gather(
        *(store.decide("handbook", NAME, one, after=ExperimentRow()) for one in wishes)
    )

    assert sorted(took) == [False] * 7 + [True]


async def test_every_arm_of_a_question_is_counted_with_it_in_one_request(rows: Rows) -> None:
    questions, store = Questions(rows), Experiments(rows)
    for number in range(3):
        assert await questions.remember(in_arm(f"{NAME}:canary,short:stable", number)) == []
    await questions.remember(in_arm(f"{NAME}:stable", 7, outcome="failed"))
    await questions.remember(in_arm("", 8))
    await store.disliked("handbook", NAME, "canary")

    found = await store.of("handbook")

    assert sorted(found) == ["short", NAME]
    canary, stable = found[NAME].canary, found[NAME].stable
    assert (canary.answered, canary.disliked, canary.calls, canary.busy_ms) == (3, 1, 18, 12_000)
    assert (stable.asked, stable.failed) == (1, 1)
    assert (found["short"].stable.answered, found["short"].canary.asked) == (3, 0)


async def test_a_new_beginning_forgets_the_counts_and_not_what_was_decided(rows: Rows) -> None:
    questions, store = Questions(rows), Experiments(rows)
    await store.decide("handbook", NAME, ExperimentStatus(state="stopped"), after=ExperimentRow())
    await questions.remember(in_arm(f"{NAME}:canary"))

    await store.begin_anew("handbook", NAME)
    row = (await store.of("handbook"))[NAME]

    assert (row.canary.asked, row.stable.asked, row.status.state) == (0, 0, "stopped")


async def test_without_the_table_a_question_is_remembered_all_the_same() -> None:
    others = [table for table in TABLES if table is not EXPERIMENTS]
    async with tablestore(FaultBoard(), others) as url:
        rows = Rows(endpoint=url, instance=INSTANCE, region="cn-hangzhou", credentials=lambda: KEY)
        failed = await Questions(rows).remember(in_arm(f"{NAME}:canary"))
        (event,) = [one async for one in Questions(rows).between("handbook", EVENT.day, EVENT.day)]
        await rows.close()

    assert [one.split()[0] for one in failed] == ["experiments"]
    assert event.arm == f"{NAME}:canary"
