"""People stop, promote and start a canary again by messages, and are told what holds."""

from __future__ import annotations

import asyncio

import pytest

from rag_on_dingtalk.models.experiments import ExperimentStatus
from tests.in_process import MemoryRows
from tests.skipping_loop import skipping
from tests.unit.experiments.trying import (
    AUDITOR,
    CANARY,
    NEW,
    OPERATOR,
    OWNER,
    STABLE,
    Askers,
    acts,
    canary_worker,
    later,
    state_of,
    store,
)


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
            Askers(one).command(OWNER, "/canary stop"), later(other).command(OPERATOR, "/canary stop")
        )
        status = await state_of(one)

    assert status.state == "stopped"
    assert sorted("已停止" in one for one in told) == [False, True]
