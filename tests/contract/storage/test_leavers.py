"""Departures, sessions of the console and grants of many people, through the real SDK on the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from rag_on_dingtalk.models.access import Grant, Profile
from rag_on_dingtalk.storage.access.directory import StoredDirectory
from rag_on_dingtalk.storage.access.grants import Grants
from rag_on_dingtalk.storage.access.leavers import Leavers, departure_id
from rag_on_dingtalk.storage.console_sessions import ConsoleSessions
from rag_on_dingtalk.storage.conversations.sessions import Sessions
from rag_on_dingtalk.storage.rows.client import Rows
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW_MS, HOUR_MS = 1_794_900_000_000, 3_600_000
PEOPLE = [f"user{number:04}" for number in range(300)]


@pytest_asyncio.fixture
async def rows() -> AsyncIterator[Rows]:
    async with tablestore() as url:
        opened = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield opened
        await opened.close()


async def test_each_of_many_who_leave_is_remembered_and_loses_profile_and_session(rows: Rows) -> None:
    sessions, directory = Sessions(rows), StoredDirectory(rows)
    stays, last = PEOPLE[0], PEOPLE[-1]
    for user in (stays, last):
        await sessions.save(
            await sessions.load(f"s-{user}", now_ms=NOW_MS), now_ms=NOW_MS, idle_ms=10 * HOUR_MS
        )
        profile = Profile(fetched_ms=NOW_MS)
        await directory.keep("corp1", user, profile, await directory.read("corp1", user))
    await Leavers(rows).note(["corp1"], PEOPLE[1:], now_ms=NOW_MS + 1)

    found = [
        await sessions.load(f"s-{user}", now_ms=NOW_MS + 2, departure=departure_id("corp1", user))
        for user in (stays, last)
    ]
    assert [one.key for one in found] == [f"s-{stays}-{NOW_MS}", f"s-{last}-{NOW_MS + 2}"]
    assert [(await directory.read("corp1", user)).profile is None for user in (stays, last)] == [False, True]
    assert [await Leavers(rows).left_ms("corp1", user) for user in PEOPLE[:3]] == [0, NOW_MS + 1, NOW_MS + 1]


async def test_the_living_grants_of_few_and_of_many_people_are_found_page_by_page(rows: Rows) -> None:
    grants = Grants(rows)
    for number, user in enumerate(PEOPLE[:3] * 100):
        until_ms = NOW_MS + (number + 1) * HOUR_MS
        await grants.give(Grant(f"g{number}", "handbook", user, "finance", NOW_MS, until_ms, "boss01"))
    await grants.give(Grant("over", "handbook", PEOPLE[0], "finance", NOW_MS - 9, NOW_MS - 1, "boss01"))

    few = await grants.of_people("handbook", PEOPLE[:2], NOW_MS)
    many = await grants.of_people("handbook", PEOPLE[1:], NOW_MS)

    assert {one.user for one in few} == set(PEOPLE[:2])
    assert {one.user for one in many} == set(PEOPLE[1:3])
    assert (len(few), len(many)) == (200, 200)


async def test_all_sessions_of_the_console_end_of_few_and_of_many_people(rows: Rows) -> None:
    sessions = ConsoleSessions(rows)
    for number in range(210):
        await sessions.begin("owner01", f"s{number}", now_ms=NOW_MS)
    for user in ("owner0", "owner012", PEOPLE[7]):
        await sessions.begin(user, "s0", now_ms=NOW_MS)

    assert await sessions.end_all_of(["owner01"]) == 210
    assert await sessions.end_all_of(PEOPLE) == 1
    assert [await sessions.holds(user, "s0") for user in ("owner0", "owner012")] == [True, True]
