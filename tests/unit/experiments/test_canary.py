"""A canary in the worker: its arm is everywhere, costs little, and a retry stays in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.access.canary.states import FRESH_MS
from rag_on_dingtalk.models.experiments import ExperimentStatus
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.settings.sections.access import Route, When
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.storage.journal.reports import report_of
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow
from tests.in_process import MemoryRows
from tests.skipping_loop import skipping
from tests.unit.experiments.trying import (
    CANARY,
    NEW,
    OPERATOR,
    PEOPLE,
    STABLE,
    Askers,
    acts,
    canary_bot,
    canary_worker,
    later,
    store,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot


@skipping
async def test_the_arm_is_in_every_line_after_the_decision_in_the_row_and_in_the_counts() -> None:
    async with canary_worker().started() as worker:
        people = Askers(worker)
        canary = await people.ask(CANARY[0])
        lines = list(worker.lines)
        stable = await people.ask(STABLE[0])
        questions = list(worker.rows.tables["questions"].values())
        (hour,) = worker.rows.tables["stats"].values()
        counted = (await store(worker).of("handbook"))[NEW]

    assert (canary.card, stable.card) == (["灰度的回答。"], ["稳定的回答。"])
    decided = next(number for number, line in enumerate(lines) if line["message"] == "access_decided")
    assert {line["arm"] for line in lines[decided:]} == {f"{NEW}:canary"}
    assert any(line["message"] == "answered" for line in lines)
    assert [row["arm"] for row in questions] == [f"{NEW}:canary", f"{NEW}:stable"]
    assert (hour["arm_canary_answered"], hour["arm_stable_answered"]) == (1, 1)
    assert (counted.canary.answered, counted.stable.answered) == (1, 1)


@skipping
async def test_an_arm_costs_one_write_in_the_canary_and_one_read_in_twenty_seconds() -> None:
    plain = canary_bot(
        routes=(Route(name="a", use="next", when=When(users=("x",))), Route(name="b", use="general"))
    )

    async def calls(bot: Bot, user: str) -> list[list[str]]:
        async with canary_worker(bot=bot).started() as worker:
            people = Askers(worker)
            await people.ask(user)
            found = []
            for _ in range(3):
                before = len(worker.rows.calls)
                await people.ask(user)
                found.append(worker.rows.calls[before:])
            return found

    without = await calls(plain, STABLE[0])
    stable = await calls(canary_bot(), STABLE[0])
    canary = await calls(canary_bot(), CANARY[0])

    # Without an experiment the route that names a person makes it read the grants as well.
    assert [len(one) - 1 for one in without] == [len(one) for one in stable]
    assert [len(one) for one in canary] == [len(one) + 1 for one in stable]
    assert all("range experiments" not in one for one in stable + canary)


@skipping
@pytest.mark.parametrize("user", [CANARY[0], STABLE[0]], ids=["canary", "stable"])
async def test_all_that_operators_see_of_a_question_costs_two_requests_at_most(user: str) -> None:
    operations = OperationsSettings(operators=(OPERATOR,), group="cidOps==")
    async with canary_worker(bot=canary_bot(operations=operations)).started() as worker:
        people = Askers(worker)
        await people.ask(user)
        before = len(worker.rows.calls)
        await people.ask(user)
        calls = worker.rows.calls[before:]

    told = {"questions", "stats", "incidents", "audit", "experiments"}
    for_operators = [call for call in calls if told & set(call.split()[1:])]
    assert for_operators == ["batch questions stats experiments"]
    # Beside it, the canary's arm is recorded before it answers: see the test above.
    assert len(for_operators) + 1 <= 2


@skipping
async def test_many_questions_at_once_read_the_experiments_once() -> None:
    async with canary_worker().started() as worker:
        people = Askers(worker)
        questions = [people.question(user, number=at + 1) for at, user in enumerate(PEOPLE[:30])]
        await asyncio.gather(*(worker.answer(one) for one in questions))

    assert worker.rows.calls.count("range experiments") == 1


@skipping
@pytest.mark.parametrize("user", [CANARY[0], STABLE[0]], ids=["canary", "stable"])
@pytest.mark.parametrize("wish", ["stopped", "promoted"])
async def test_a_retry_stays_in_its_arm_whatever_was_decided_meanwhile(user: str, wish: Any) -> None:
    rows = MemoryRows()
    async with canary_worker(rows).started() as first:
        question = Askers(first).question(user, number=1)
        asked_first = first.others["next"] if user == CANARY[0] else first.backend
        asked_first.parts = [asyncio.Event()]
        answering = asyncio.ensure_future(first.answer(question))
        await asked_first.called.wait()
        # It dies at once: what it has not written by now it never writes.
        rows.away = True
        answering.cancel()
        await asyncio.wait([answering])
        rows.away = False
        await store(first).decide("handbook", NEW, ExperimentStatus(state=wish), after=ExperimentRow())
        async with canary_worker(rows).started() as second:
            second.skipped_ms = first.now_ms - second.now_ms + 60_000
            seen = await second.answer(question, retries=1)
            row = await second.row(question.turn_id)

    assert seen.card is not None or seen.messages
    assert row is not None
    assert row.outcome.answer == ("灰度的回答。" if user == CANARY[0] else "稳定的回答。")
    if user == CANARY[0]:
        assert row.outcome.decided is not None
        assert row.outcome.decided.arm == f"{NEW}:canary"


@skipping
async def test_a_stop_is_seen_by_every_instance_within_twenty_seconds_and_loses_no_question() -> None:
    rows = MemoryRows()
    async with canary_worker(rows).started() as one, canary_worker(rows).started() as other:
        people = Askers(other)
        assert (await people.ask(CANARY[0])).card == ["灰度的回答。"]
        told = await later(one).command(OPERATOR, "/canary stop")
        other.skipped_ms += FRESH_MS
        after = [await people.ask(user) for user in CANARY[:5]]

    assert "已停止" in told
    assert [seen.card for seen in after] == [["稳定的回答。"]] * 5
    assert acts(one) == [("canary.stopped", OPERATOR, NEW, "done")]


@skipping
async def test_while_tablestore_has_no_such_table_stable_answers_and_a_line_says_so() -> None:
    rows = MemoryRows()
    rows.missing.add("experiments")
    async with canary_worker(rows).started() as worker:
        people = Askers(worker)
        seen = [await people.ask(user) for user in (CANARY[0], CANARY[1], STABLE[0])]

    assert [one.card for one in seen] == [["稳定的回答。"]] * 3
    assert "WARNING experiments_not_read" in worker.log
    assert worker.rows.calls.count("range experiments") < 3


@skipping
async def test_the_report_tells_how_the_experiment_goes() -> None:
    async with canary_worker().started() as worker:
        people = Askers(worker)
        for user in (CANARY[0], CANARY[1], STABLE[0]):
            await people.ask(user)
        today = day_of(worker.now_ms)
        report = await report_of(
            worker.rows,  # type: ignore[arg-type]  # as above
            "handbook",
            worker.settings,
            first=today,
            last=today,
            now_ms=worker.now_ms,
        )

    told = report.markdown()
    assert f"**灰度 {NEW}**：运行中" in told
    assert "提问：灰度 2，稳定 1" in told
