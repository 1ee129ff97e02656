"""The guard brings everyone back from a canary that does worse."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.backends.base import NothingFound, Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.models.experiments import ExperimentStatus
from rag_on_dingtalk.settings.sections.canary import CanarySettings
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow
from tests.skipping_loop import skipping
from tests.unit.experiments.trying import (
    CANARY,
    NEW,
    OPERATOR,
    STABLE,
    Askers,
    acts,
    canary_bot,
    canary_worker,
    state_of,
    store,
)

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
