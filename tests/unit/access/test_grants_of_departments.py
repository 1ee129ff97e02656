"""A right lent to a department: only its members have it, and only while the directory says so."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rag_on_dingtalk.access.control import AccessControl
from rag_on_dingtalk.access.granting import objection
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.access.profiles import Profiles
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.access import Grant, Profile
from rag_on_dingtalk.models.question import Sender
from rag_on_dingtalk.settings.sections.access import AccessRule, RoleHolders, Route, Subjects
from rag_on_dingtalk.storage.access.directory import StoredDirectory
from rag_on_dingtalk.storage.access.grants import Grants
from rag_on_dingtalk.storage.access.refusals import Refusals
from tests.builders import NOW_MS, a_bot, a_question
from tests.in_process import MemoryRows

WEEK_MS = 7 * 86_400_000
OWNER, IN, BELOW, OUT = "boss01", "in01", "below01", "out01"
CHAINS = {OWNER: ((1,),), IN: ((200, 1),), BELOW: ((210, 200, 1),), OUT: ((100, 1),)}
#: No rule names a department, so that nothing but the grant asks for the directory.
BOT = a_bot(
    routes=(Route(name="finance", use="backend"),),
    access=(AccessRule(name="named", allow=Subjects(users=("boss01",)), routes=("finance",)),),
    roles=RoleHolders(owner=(OWNER,)),
)
GRANT = Grant("g1", "handbook", "", "finance", NOW_MS, NOW_MS + WEEK_MS, OWNER, department=200)


class Directory:
    def __init__(self) -> None:
        self.away = False

    async def profile_of(self, staff_id: str, *, now_ms: int) -> Profile:
        if self.away:
            raise TimeoutError
        return Profile(CHAINS[staff_id], fetched_ms=now_ms)


class World:
    def __init__(self) -> None:
        self.memory, self.now_ms, self.directory = MemoryRows(), NOW_MS, Directory()
        rows: Any = self.memory
        self.grants = Grants(rows)
        acts: Any = None
        self.access = AccessControl(
            profiles=Profiles(StoredDirectory(rows), clock=lambda: self.now_ms, log=lambda *_, **__: None),
            grants=self.grants,
            refusals=Refusals(rows),
            acts=acts,
            experiments=acts,
            clock=lambda: self.now_ms,
            log=lambda *_, **__: None,
        )

    async def allowed(self, user: str) -> bool:
        question = a_question(sender=Sender("x", user, user))
        return (await self.access.judge(question, BOT, self.directory)).decision.allowed


async def test_the_members_may_and_others_may_not_until_it_ends() -> None:
    world = World()
    await world.grants.give(GRANT)

    assert [await world.allowed(user) for user in (IN, BELOW, OUT)] == [True, True, False]
    world.now_ms += WEEK_MS
    assert not await world.allowed(IN)


async def test_a_right_taken_back_counts_no_longer_at_once() -> None:
    world = World()
    await world.grants.give(GRANT)
    assert await world.allowed(IN)
    await world.grants.end(GRANT, now_ms=world.now_ms, by=OWNER)

    assert not await world.allowed(IN)


async def test_while_the_directory_is_away_no_one_is_taken_for_a_member() -> None:
    world = World()
    await world.grants.give(GRANT)
    world.directory.away = True

    assert not await world.allowed(IN)


async def test_a_new_one_counts_within_ten_seconds_and_none_costs_no_request_each_time() -> None:
    world = World()
    assert not await world.allowed(IN)
    before = len(world.memory.calls)
    assert not await world.allowed(IN)
    assert len(world.memory.calls) == before + 1
    await world.grants.give(GRANT)
    world.now_ms += 10_000

    assert await world.allowed(IN)


@pytest.mark.parametrize(
    ("granter", "chains", "speaks_against"),
    [(OWNER, ((200, 1),), ""), ("boss02", ((200, 1),), "grant_to_yourself"), ("boss02", ((100, 1),), "")],
    ids=["may ask already", "would get it by this", "is not in it"],
)
def test_an_owner_lends_a_department_nothing_to_get_it_in_person(
    granter: str, chains: tuple[tuple[int, ...], ...], speaks_against: str
) -> None:
    bot = msgspec.structs.replace(BOT, roles=RoleHolders(owner=(OWNER, "boss02")))
    facts = facts_of(granter, granter, Profile(chains))
    grant = msgspec.structs.replace(GRANT, granted_by=granter)

    found = objection(grant, bot=bot, policy=policy_of(bot), granter=facts, person=None, now_ms=NOW_MS)

    assert found == speaks_against


async def test_the_bots_list_holds_what_lives_of_people_and_departments_in_one_request() -> None:
    world = World()
    person = Grant("g2", "handbook", IN, "finance", NOW_MS, NOW_MS + 1_000, OWNER)
    other = msgspec.structs.replace(person, id="g3", bot="other")
    for grant in (GRANT, person, other):
        await world.grants.give(grant)
    calls = len(world.memory.calls)

    assert await world.grants.living("handbook", NOW_MS) == (GRANT, person)
    assert len(world.memory.calls) == calls + 1
    assert await world.grants.living("handbook", NOW_MS + 1_000) == (GRANT,)
    await world.grants.end(GRANT, now_ms=NOW_MS + 2_000, by=OWNER)
    assert await world.grants.living("handbook", NOW_MS + 3_000) == ()


async def test_a_grant_that_was_not_written_is_an_error() -> None:
    world = World()
    world.memory.missing.add("grants")

    with pytest.raises(StateError):
        await world.grants.give(GRANT)
