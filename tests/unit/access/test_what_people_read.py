"""Names of departments where people read them, limits in /whoami, and /help by role."""

from __future__ import annotations

import asyncio

import pytest

from rag_on_dingtalk.dingtalk.directory.department_names import DepartmentNames
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.settings.sections.access import RoleHolders
from rag_on_dingtalk.settings.sections.limits import Limit
from tests.builders import a_bot
from tests.in_process import Worker
from tests.skipping_loop import skipping
from tests.unit.access.world import (
    ASKER,
    MEMBER,
    OWNER,
    FakePeople,
    access_worker,
    asked,
    click,
    finance_bot,
)

LIMITS = (
    Limit(scope="user", per="day", questions=20),
    Limit(scope="department", per="minute", questions=9, concurrent=3),
)


async def said(worker: Worker, user: str, text: str, number: int = 5) -> str:
    seen = await worker.answer(asked(user, text, "t" + f"{number}" * 31))
    return seen.card[-1] if seen.card else worker.dingtalk.messages[-1]


@skipping
async def test_a_refusal_and_the_owners_card_name_the_askers_departments() -> None:
    async with access_worker().started() as worker:
        worker.people.departments = {100: "研发部"}
        worker.people.chains[ASKER] = ((100, 1), (300, 1))
        refusal = await said(worker, ASKER, "发票？", 1)
        await worker.dispatcher.dispatch(click("t" + "1" * 31, "request", ASKER), worker.invocation())
        card = worker.dingtalk.cards[turn_id_of("handbook", f"request {'t' + '1' * 31} {OWNER}")]

    assert "- 你的部门：研发部（100）；300" in refusal
    assert "部门：研发部（100）；300" in card["texts"][-1]


@skipping
async def test_whoami_names_every_department_of_a_chain() -> None:
    async with access_worker().started() as worker:
        worker.people.departments = {200: "财务部", 1: "总部"}
        told = await said(worker, MEMBER, "/whoami")

    assert "部门：财务部（200） < 总部（1）" in told


@skipping
async def test_whoami_tells_the_limits_that_count_the_asker_and_how_much_is_used() -> None:
    worker = access_worker(finance_bot(limits=LIMITS))
    worker.directory_for_limits = True
    async with worker.started():
        await worker.answer(asked(MEMBER, "年假？", "t" + "1" * 31))
        told = await said(worker, MEMBER, "/whoami")
        worker.rows.calls.clear()
        asker = await said(worker, ASKER, "/whoami", 6)

    assert told.count("最多") == 3
    for line in (
        "你每天最多 20 个问题，已用 1",
        "你的部门每分钟最多 9 个问题，已用 1",
        "你的部门同时最多 3 个回答",
    ):
        assert line in told
    assert "你每天最多 20 个问题，已用 0" in asker
    assert worker.people.asked == [MEMBER, ASKER]


@skipping
async def test_whoami_without_limits_or_with_counters_away_says_what_it_can() -> None:
    async with access_worker().started() as worker:
        assert "上限" not in await said(worker, MEMBER, "/whoami")

    limited = access_worker(finance_bot(limits=LIMITS[:1]))
    async with limited.started():
        limited.rows.missing = {"counters"}
        told = await said(limited, MEMBER, "/whoami")

    assert "你每天最多 20 个问题，已用 现在查不到" in told


@skipping
async def test_the_help_names_the_commands_that_a_role_has() -> None:
    async with access_worker().started() as worker:
        told = {
            user: await said(worker, user, "/help", number)
            for number, user in enumerate((OWNER, "audit01", ASKER))
        }

    assert all("/whoami" in one for one in told.values())
    assert ["/grant @" in one for one in told.values()] == [True, False, False]
    assert ["`/grants`" in one for one in told.values()] == [True, True, False]


@skipping
async def test_the_help_of_a_bot_that_everybody_may_ask_everything_names_no_grants() -> None:
    async with Worker(a_bot(roles=RoleHolders(owner=(OWNER,)))).started() as worker:
        told = await said(worker, OWNER, "/help")

    assert "grant" not in told


class SlowPeople(FakePeople):
    """The first department takes longer than a name is worth."""

    async def department_name(self, department: int) -> str:
        if department == 1:
            await asyncio.sleep(60)
        return await super().department_name(department)


def names_of(people: FakePeople, moment: list[int], log: list[str]) -> DepartmentNames:
    return DepartmentNames(people, clock=lambda: moment[0], log=lambda message, **_: log.append(message))


@skipping
async def test_a_name_is_asked_for_once_an_hour_and_a_refused_one_once_in_ten_minutes() -> None:
    people, moment, log = FakePeople(), [0], list[str]()
    people.departments = {100: "研发部"}
    names = names_of(people, moment, log)

    for at_ms in (0, 599_999, 600_000, 3_600_000):
        moment[0] = at_ms
        assert await names.of([100, 200]) == {100: "研发部"}

    assert people.departments_asked == [100, 200, 200, 100, 200]
    assert log == ["departments_not_named"] * 3


@skipping
async def test_a_slow_directory_costs_two_seconds_and_leaves_ids() -> None:
    people = SlowPeople()
    people.departments = {100: "研发部", 1: "总部"}

    assert await names_of(people, [0], []).of([100, 1]) == {100: "研发部"}


@skipping
async def test_no_more_than_twelve_departments_are_asked_for_at_once() -> None:
    people = FakePeople()
    people.departments = dict.fromkeys(range(40), "部")

    assert len(await names_of(people, [0], []).of(range(40))) == 12
    with pytest.raises(DingTalkError):
        await people.department_name(41)
