"""How many answers are given at the same time, and whose."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.access.limits.places import Places
from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.question import Conversation, ConversationType, Sender
from rag_on_dingtalk.settings.sections.limits import Limit
from rag_on_dingtalk.storage.shared.limit_counters import LimitCounters
from rag_on_dingtalk.storage.turns.outcome import Status
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import MemoryRows, RecordingHandOver, Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question

ZH = Texts("zh")
SHARE = {"scope": "department", "concurrent": 2}
WHOLE = {"scope": "bot", "concurrent": 10}


class House:
    """Answers of two departments over one store."""

    def __init__(self, *limits: dict[str, Any]) -> None:
        self.rows = MemoryRows()
        self.log: list[str] = []
        self._limits = [msgspec.convert(one, Limit) for one in limits]
        self._number = 0

    def places(self, department: int) -> Places:
        self._number += 1
        return Places(
            LimitCounters(self.rows),  # type: ignore[arg-type]  # the same methods over a dictionary
            self._limits,
            a_question(f"t{self._number}"),
            ((department, 1),),
            clock=lambda: NOW_MS,
            log=lambda message, **_: self.log.append(message),
            away=False,
        )

    async def enter(self, department: int, times: int) -> list[Places]:
        """Of `times` answers, those that found their places."""
        entered = []
        for _ in range(times):
            places = self.places(department)
            if await places.enter(until_ms=NOW_MS + 1_000) is None:
                entered.append(places)
        return entered

    def taken(self) -> dict[str, object]:
        return {
            key[0].removeprefix("limit:handbook:"): row["n"]
            for key, row in self.rows.tables.get("counters", {}).items()
        }


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ((SHARE,), 2),
        ((WHOLE,), 10),
        # Lent up to 80 % of the whole.
        ((SHARE, WHOLE), 8),
        ((SHARE, {"scope": "bot", "concurrent": 2}), 2),
        (({"scope": "user", "concurrent": 1}, WHOLE), 1),
    ],
)
async def test_as_many_answers_at_once_as_there_are_places(
    limits: tuple[dict[str, Any], ...], found: int
) -> None:
    house = House(*limits)

    assert len(await house.enter(100, 20)) == found


async def test_a_department_that_borrows_leaves_the_others_their_places() -> None:
    house = House(SHARE, WHOLE)
    greedy = await house.enter(100, 20)
    assert len(greedy) == 8

    within = await house.enter(200, 2)

    assert len(within) == 2
    # Nothing is lent while the whole has 80 % in use, to either.
    assert await house.enter(200, 5) == await house.enter(100, 5) == []
    assert house.taken() == {"department:100": 8, "department:200": 2, "bot:": 10}
    # What ends makes room for those within their share first.
    for places in greedy[:4]:
        await places.leave()
    assert len(await house.enter(200, 5)) == 2
    assert house.taken() == {"department:100": 4, "department:200": 4, "bot:": 8}


async def test_what_is_refused_or_left_takes_no_place() -> None:
    house = House(SHARE, WHOLE)
    entered = [*await house.enter(100, 20), *await house.enter(200, 20), *await house.enter(300, 20)]

    for places in entered:
        await places.leave()
        await places.leave()

    assert set(house.taken().values()) == {0}


@pytest.mark.parametrize(("policy", "entered"), [("answer", 1), ("refuse", 0)])
async def test_while_tablestore_is_away_places_are_not_counted_or_not_given(
    policy: str, entered: int
) -> None:
    house = House({**SHARE, "store_away": policy})
    house.rows.away = True

    assert len(await house.enter(100, 1)) == entered
    assert house.log[0] == "places_not_counted"


def of_person(number: int, **more: Any) -> Question:
    return a_question(
        f"t{number}",
        sender=Sender("encrypted", f"user{number:04}"),
        conversation=Conversation(f"c{number}", ConversationType.ONE_TO_ONE),
        webhook=a_webhook(),
        **{"asked_ms": NOW_MS + number, **more},
    )


def a_worker() -> tuple[Worker, RecordingHandOver]:
    worker = Worker(a_bot(limits=(msgspec.convert({"scope": "department", "concurrent": 1}, Limit),)))
    worker.departments, worker.hand_over = ((100, 1),), RecordingHandOver()
    return worker, worker.hand_over


@skipping
async def test_an_answer_without_a_place_waits_without_an_invocation_and_says_so() -> None:
    worker, hand_over = a_worker()
    gate = asyncio.Event()
    async with worker.started():
        worker.backend.parts = [gate, Text("五天。")]
        first = asyncio.create_task(worker.answer(of_person(1)))
        await worker.backend.called.wait()

        second = await worker.answer(of_person(2))

        assert (second.result, second.card) == ("waiting", [ZH.say("limit_waiting", who="你的部门")])
        assert second.row is not None
        assert second.row.outcome.status is Status.WAITING
        assert [turn_id for turn_id, _ in hand_over.later_calls] == ["t2"]
        gate.set()
        await first
        again = await worker.answer(of_person(2))

    assert (again.card and again.card[-1], again.finished) == ("五天。", True)
    assert len(worker.backend.asked) == 2


@skipping
async def test_an_answer_that_finds_no_place_for_too_long_is_refused() -> None:
    worker, _ = a_worker()
    async with worker.started():
        worker.backend.parts = [asyncio.Event()]
        first = asyncio.create_task(worker.answer(of_person(1)))
        await worker.backend.called.wait()
        await worker.answer(of_person(2))
        worker.skipped_ms = 121_000

        seen = await worker.answer(of_person(2))
        first.cancel()
        await asyncio.wait((first,))

    assert seen.card is not None
    assert seen.card[-1] == ZH.say("limit_places", who="你的部门", places="1")
    assert seen.row is not None
    assert seen.row.outcome.failure == FailureKind.LIMITED.value


@skipping
async def test_an_invocation_that_cannot_queue_again_waits_itself() -> None:
    worker, hand_over = a_worker()
    hand_over.takes = False
    gate = asyncio.Event()
    async with worker.started():
        worker.backend.parts = [gate, Text("五天。")]
        first = asyncio.create_task(worker.answer(of_person(1)))
        await worker.backend.called.wait()
        second = asyncio.create_task(worker.answer(of_person(2)))
        await asyncio.sleep(10)
        gate.set()
        await asyncio.gather(first, second)

    assert second.result().card == [ZH.say("limit_waiting", who="你的部门"), "五天。"]
    places = [row["n"] for key, row in worker.rows.tables["counters"].items() if key[1] == "places"]
    assert places == [0]
