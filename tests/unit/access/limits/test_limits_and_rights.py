"""Limits beside rules: what a refusal gives back, and what both read of the asker."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.models.access import Grant
from rag_on_dingtalk.settings.sections.limits import Limit
from rag_on_dingtalk.storage.access.grants import Grants
from tests.builders import NOW_MS
from tests.skipping_loop import skipping
from tests.unit.access.limits.limited import counted
from tests.unit.access.world import ASKER, MEMBER, access_worker, asked, finance_bot

GENERAL = "年假有几天？"


@skipping
@pytest.mark.parametrize("told_before", [False, True], ids=["refused in words", "refused in silence"])
async def test_a_right_that_ends_while_the_question_waits_gives_it_back(*, told_before: bool) -> None:
    worker = access_worker(finance_bot(limits=(Limit(scope="user", questions=5),)))
    async with worker.started():
        # The next question is the one that is told that the limit is near: not below a refusal.
        for number in range(3):
            await worker.answer(asked(ASKER, GENERAL, f"t{number}" + "0" * 30))
        if told_before:
            await worker.answer(asked(turn_id="t" + "7" * 31))
        grant = Grant("g1", "handbook", ASKER, "finance", NOW_MS - 1, worker.now_ms + 60_000, "boss01")
        await Grants(worker.rows).give(grant)  # type: ignore[arg-type]  # the same methods over a dictionary
        real = worker.rows.range

        async def late(table: object, first: str, *, limit: int) -> object:
            if getattr(table, "name", "") == "inbox":
                assert list(counted(worker).values()) == [4]
                worker.skipped_ms += 61_000
                worker.rows.range = real  # type: ignore[method-assign]
            return await real(table, first, limit=limit)  # type: ignore[arg-type]

        worker.rows.range = late  # type: ignore[method-assign, assignment]
        seen = await worker.answer(asked())

    assert list(counted(worker).values()) == [3]
    assert seen.result == "answered"
    assert bool(seen.card) is not told_before
    assert "80%" not in "".join(seen.card or ())


DEPARTMENT = Limit(scope="department", questions=5, store_away="refuse")


@skipping
async def test_rules_and_limits_on_departments_read_the_askers_profile_once() -> None:
    worker = access_worker(finance_bot(limits=(DEPARTMENT,)))
    worker.directory_for_limits = True
    async with worker.started():
        await worker.answer(asked(MEMBER, turn_id="t" + "7" * 31))
        worker.rows.calls.clear()
        seen = await worker.answer(asked(MEMBER))

    assert seen.card == ["财务的回答。"]
    assert [call for call in worker.rows.calls if call.endswith(" directory")] == ["get_many directory"]
    assert worker.people.asked == [MEMBER]
    assert {name.split()[0]: count for name, count in counted(worker).items()} == {"department:200": 2}


@skipping
async def test_a_directory_that_is_away_is_asked_once_for_rules_and_limits() -> None:
    worker = access_worker(finance_bot(limits=(DEPARTMENT,)))
    worker.directory_for_limits = True
    async with worker.started():
        worker.people.away = True
        seen = await worker.answer(asked(MEMBER, GENERAL))

    assert worker.people.asked == [MEMBER]
    assert "查不到提问上限" in seen.messages[-1]
