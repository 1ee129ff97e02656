"""A canary in the worker: its arm is everywhere, a retry stays in it, the guard stops it, people decide."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.access.canary.arms import drawn
from rag_on_dingtalk.access.canary.states import FRESH_MS
from rag_on_dingtalk.backends.base import NothingFound, Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.models.experiments import ExperimentStatus
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.settings.sections.access import RoleHolders, Route, When
from rag_on_dingtalk.settings.sections.canary import CanarySettings
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.storage.journal.reports import report_of
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow, Experiments
from tests.in_process import MemoryRows, ScriptedBackend, Worker
from tests.skipping_loop import skipping
from tests.unit.access.world import APP, BACKEND, asked

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot
    from tests.in_process import Seen

from tests.builders import a_bot

NEW = "new-handbook"
OWNER, OPERATOR, AUDITOR = "boss01", "ops01", "audit01"
PEOPLE = [f"user{number:04d}" for number in range(400)]
CANARY = [user for user in PEOPLE if drawn("handbook", NEW, user) < 20]
STABLE = [user for user in PEOPLE if drawn("handbook", NEW, user) >= 20]


def canary_bot(**more: Any) -> Bot:
    fields: dict[str, Any] = {
        "dingtalk": APP,
        "backend": None,
        "backends": {"general": BACKEND, "next": BACKEND},
        "routes": (
            Route(name=NEW, use="next", when=When(percent=20)),
            Route(name="everyone", use="general"),
        ),
        "roles": RoleHolders(owner=(OWNER,), operator=(OPERATOR,), auditor=(AUDITOR,)),
        "operations": OperationsSettings(operators=(OPERATOR,)),
        **more,
    }
    return a_bot(**fields)


def canary_worker(rows: MemoryRows | None = None, bot: Bot | None = None) -> Worker:
    worker = Worker(bot or canary_bot(), rows=rows)
    worker.backend.parts = [Text("稳定的回答。")]
    worker.others["next"] = ScriptedBackend([Text("灰度的回答。")])
    return worker


class Askers:
    """Asks as one person after another, each question a turn of its own."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.number = 0

    async def ask(self, user: str, text: str = "年假有几天？", **more: Any) -> Seen:
        self.number += 1
        return await self.worker.answer(self.question(user, text), **more)

    def question(self, user: str, text: str = "年假有几天？", number: int = 0) -> Any:
        return asked(user, text, f"t{number or self.number:031x}", asked_ms=self.worker.now_ms)

    async def command(self, user: str, text: str) -> str:
        await self.ask(user, text)
        return self.worker.dingtalk.messages[-1]


def store(worker: Worker) -> Experiments:
    return Experiments(worker.rows)  # type: ignore[arg-type]  # the same methods over a dictionary


async def state_of(worker: Worker) -> ExperimentStatus:
    return (await store(worker).of("handbook")).get(NEW, ExperimentRow()).status


def acts(worker: Worker) -> list[tuple[str, str, str, str]]:
    rows = worker.rows.tables.get("audit", {})
    return [
        (str(row["act"]), str(row["who"]), str(row["what"]), str(row["result"]))
        for key, row in sorted(rows.items())
        if "act" in row and str(row["act"]).startswith("canary")
    ]


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
        told = await _later(one).command(OPERATOR, "/canary stop")
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


BAD = {
    "failures": [BackendError(FailureKind.CONFIG_TARGET, "no such workspace", verdict=True)],
    "nothing found": [Text("没有找到。"), NothingFound()],
}


@skipping
@pytest.mark.parametrize("kind", BAD)
async def test_the_guard_brings_everyone_back_within_twenty_bad_answers(kind: str) -> None:
    async with canary_worker().started() as worker:
        people = Askers(worker)
        for user in STABLE[:60]:
            await people.ask(user)
        worker.others["next"].parts = BAD[kind]  # type: ignore[assignment]
        bad = 0
        while (await state_of(worker)).state == "running":
            assert bad < 20
            # Two of three answers are bad.
            worker.others["next"].parts = BAD[kind] if bad % 3 != 2 else [Text("好的。")]  # type: ignore[assignment]
            await people.ask(CANARY[bad])
            bad += 1
        worker.others["next"].parts = [Text("灰度的回答。")]
        after = [await people.ask(user) for user in CANARY[:3]]
        status = await state_of(worker)
        incident = worker.rows.tables["incidents"]["handbook", "canary_stopped"]

    assert [seen.card for seen in after] == [["稳定的回答。"]] * 3
    assert (status.by, status.told) == ("guard", True)
    assert acts(worker) == [("canary.stopped", "guard", NEW, "done")]
    assert incident["state"] == "open"
    assert NEW in str(incident["detail"])
    cards = [texts for texts in worker.dingtalk.cards.values() if "灰度已自动停止" in str(texts)]
    assert len(cards) == 1 or sum("灰度已自动停止" in told for told in worker.dingtalk.messages) == 1


@skipping
async def test_a_dislike_counts_once_a_question_and_trips_the_guard_like_a_failure() -> None:
    async with canary_worker().started() as worker:
        people = Askers(worker)
        for user in STABLE[:60]:
            await people.ask(user)
        for number, user in enumerate(CANARY[:12]):
            await people.ask(user)
            turn = people.question(user).turn_id
            for _ in range(3 if number < 2 else 1):
                await worker.click("dislike", turn_id=turn, user=user)
            counts = (await store(worker).of("handbook"))[NEW].canary
            assert counts.disliked == min(number + 1, counts.asked)
        status = await state_of(worker)

    assert (status.state, status.by) == ("stopped", "guard")
    assert "disliked" in status.why


@skipping
async def test_without_the_guard_nothing_stops_by_itself() -> None:
    bot = canary_bot(canary=CanarySettings(guard=False))
    async with canary_worker(bot=bot).started() as worker:
        people = Askers(worker)
        worker.others["next"].parts = BAD["nothing found"]  # type: ignore[assignment]
        for user in CANARY[:25]:
            await people.ask(user)
        status = await state_of(worker)

    assert status.state == "running"


@skipping
async def test_a_round_tells_of_a_stop_whose_instance_died_and_closes_it_once_a_person_has_decided() -> None:
    async with canary_worker().started() as worker:
        people = Askers(worker)
        untold = ExperimentStatus(
            state="stopped", by="guard", at_ms=worker.now_ms, why="failed 9/10", told=False
        )
        await store(worker).decide("handbook", NEW, untold, after=ExperimentRow())
        await worker.dispatcher.clean_up(worker.invocation(120))
        opened = worker.rows.tables["incidents"]["handbook", "canary_stopped"]["state"]
        again = len(acts(worker))
        await worker.dispatcher.clean_up(worker.invocation(120))
        told_again = len(acts(worker))
        await people.command(OPERATOR, f"/canary stop {NEW}")
        worker.skipped_ms += 120_000
        await worker.dispatcher.clean_up(worker.invocation(120))
        closed = worker.rows.tables["incidents"]["handbook", "canary_stopped"]["state"]

    assert (opened, again, told_again, closed) == ("open", 1, 1, "quiet")
    assert acts(worker)[-1] == ("canary.stopped", OPERATOR, NEW, "done")


@skipping
async def test_people_promote_and_start_again_and_every_act_is_recorded() -> None:
    async with canary_worker().started() as worker:
        people = Askers(worker)
        await people.ask(CANARY[0])
        promoted = await people.command(OWNER, f"/灰度 推广 {NEW}")
        for_all = [await people.ask(user) for user in (CANARY[0], STABLE[0])]
        again = await people.command(OWNER, "/canary promote")
        started = await people.command(OPERATOR, "/canary start")
        counts = (await store(worker).of("handbook"))[NEW]
        drawn_again = [await people.ask(user) for user in (CANARY[0], STABLE[0])]

    assert "已推广" in promoted
    assert [seen.card for seen in for_all] == [["灰度的回答。"]] * 2
    assert "本来就是这样" in again
    assert "重新开始" in started
    assert (counts.canary.asked, counts.stable.asked) == (0, 0)
    assert [seen.card for seen in drawn_again] == [["灰度的回答。"], ["稳定的回答。"]]
    assert acts(worker) == [
        ("canary.promoted", OWNER, NEW, "done"),
        ("canary.started", OPERATOR, NEW, "done"),
    ]


@skipping
@pytest.mark.parametrize("text", ["/canary", "/canary status", f"／Canary STATUS {NEW}", "/灰度 状态"])
async def test_the_status_tells_both_arms(text: str) -> None:
    async with canary_worker().started() as worker:
        people = Askers(worker)
        for user in (CANARY[0], STABLE[0], STABLE[1]):
            await people.ask(user)
        told = await people.command(OPERATOR, text)

    assert f"灰度 {NEW}" in told
    assert "灰度 1，稳定 2" in told


@skipping
@pytest.mark.parametrize(
    ("user", "text", "said"),
    [
        (AUDITOR, "/canary stop", "只有负责人"),
        (STABLE[0], "/canary promote", "只有负责人"),
        (STABLE[0], "/canary", "只有负责人"),
        (OPERATOR, "/canary end", "格式"),
        (OPERATOR, "/canary stop other", "格式"),
        (OPERATOR, f"/canary stop {NEW} now", "格式"),
    ],
)
async def test_whatever_is_not_understood_or_not_allowed_changes_nothing(
    user: str, text: str, said: str
) -> None:
    async with canary_worker().started() as worker:
        told = await Askers(worker).command(user, text)
        status = await state_of(worker)

    assert said in told
    assert status == ExperimentStatus()
    assert all(result == "refused" for _, _, _, result in acts(worker))


@skipping
async def test_two_decisions_at_once_leave_one_and_both_are_told_what_holds() -> None:
    rows = MemoryRows()
    async with canary_worker(rows).started() as one, canary_worker(rows).started() as other:
        told = await asyncio.gather(
            Askers(one).command(OWNER, "/canary stop"), _later(other).command(OPERATOR, "/canary stop")
        )
        status = await state_of(one)

    assert status.state == "stopped"
    assert sorted("已停止" in one for one in told) == [False, True]


def _later(worker: Worker) -> Askers:
    people = Askers(worker)
    people.number = 100
    return people


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
