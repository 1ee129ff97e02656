"""Who leaves the organisation loses the same at every bot of it, whatever the bot's rules ask for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.access import Grant, Profile
from rag_on_dingtalk.models.question import Attachment, turn_id_of
from rag_on_dingtalk.settings.bot import SessionSettings
from rag_on_dingtalk.storage.access.directory import StoredDirectory
from rag_on_dingtalk.storage.access.grants import Grants
from rag_on_dingtalk.storage.console_sessions import MOST, ConsoleSessions
from rag_on_dingtalk.storage.conversations.flows import FlowKey, FlowRows, flow_key_of
from tests.builders import NOW_MS, a_bot
from tests.skipping_loop import skipping
from tests.unit.access.world import (
    APP,
    ASKER,
    MEMBER,
    OWNER,
    access_worker,
    an_event,
    asked,
    click,
    finance_bot,
    in_group,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.models.jobs import OrganisationEvent
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.bot import Bot
    from tests.in_process import MemoryRows, Worker

STAYS = "user0003"
SECOND = "t" + "2" * 31
REFUSED = asked().turn_id
CARD = turn_id_of("handbook", f"request {REFUSED} {OWNER}")
#: Another app of the same organisation, this app without the organisation's id, and another organisation.
SECOND_APP = msgspec.structs.replace(APP, client_id="ding2")
UNNAMED_APP = msgspec.structs.replace(APP, corp_id="")
ELSEWHERE = msgspec.structs.replace(APP, client_id="ding3", corp_id="corp2")
WORDS = "年假有几天？"

BOTS = {
    "no rules": a_bot(dingtalk=APP),
    "no rules, the group shares": a_bot(dingtalk=APP, session=SessionSettings(group="shared")),
    "rules on departments": finance_bot(),
    "rules on people only": finance_bot(access=finance_bot().access[:1]),
    "another app": a_bot(dingtalk=SECOND_APP),
    "the same app, without the organisation's id": a_bot(dingtalk=UNNAMED_APP),
}


def worker_of(bot: Bot) -> Worker:
    """The event comes to `handbook`, which has rules; `other` is the bot of the table."""
    worker = access_worker()
    worker.bots["other"] = bot
    worker.console_bot = "handbook"
    return worker


def left(*users: str, event_id: str = "e1") -> OrganisationEvent:
    return an_event("user_leave_org", *users, event_id=event_id)


async def leave(worker: Worker, *users: str) -> None:
    worker.skipped_ms += 1_000
    await worker.dispatcher.dispatch(left(*users), worker.invocation())
    worker.skipped_ms += 1_000


def of_other(user: str, turn_id: str, **more: Any) -> Question:
    return asked(user, WORDS, turn_id, bot="other", **more)


async def session_keys(worker: Worker, user: str, **more: Any) -> tuple[str, str]:
    """What the backend knew the person's session as when it was asked last, and knows it as now."""
    await worker.answer(of_other(user, SECOND, **more))
    return worker.backend.asked[-2].session_key, worker.backend.asked[-1].session_key


@pytest.mark.parametrize("where", [{}, {"conversation": in_group()}], ids=["private", "group"])
@pytest.mark.parametrize("bot", BOTS.values(), ids=BOTS)
@pytest.mark.parametrize(("leaver", "kept"), [(MEMBER, False), (STAYS, True)], ids=["left", "stays"])
@skipping
async def test_a_conversation_is_over_for_who_left_and_goes_on_for_who_did_not(
    bot: Bot, where: dict[str, Any], leaver: str, *, kept: bool
) -> None:
    async with worker_of(bot).started() as worker:
        await worker.answer(of_other(MEMBER, REFUSED, **where))
        await leave(worker, leaver)
        before, after = await session_keys(worker, MEMBER, **where)

    assert (before == after) is kept


@pytest.mark.parametrize("bot", BOTS.values(), ids=BOTS)
@skipping
async def test_an_answer_that_ends_after_its_asker_left_is_of_before(bot: Bot) -> None:
    ended = asyncio.Event()
    async with worker_of(bot).started() as worker:
        worker.backend.parts = [Text("一般的"), ended, Text("回答。")]
        answering = asyncio.create_task(worker.answer(of_other(MEMBER, REFUSED)))
        await worker.backend.called.wait()
        await leave(worker, MEMBER)
        ended.set()
        await answering
        before, after = await session_keys(worker, MEMBER)

    assert before != after


@skipping
async def test_a_picture_does_not_bring_the_conversation_back() -> None:
    picture = Attachment("picture", "code1", "")
    async with worker_of(BOTS["no rules"]).started() as worker:
        await worker.answer(of_other(MEMBER, REFUSED))
        before = worker.backend.asked[-1].session_key
        await leave(worker, MEMBER)
        alone = of_other(MEMBER, "t" + "3" * 31, attachments=(picture,))
        await worker.answer(msgspec.structs.replace(alone, text="", message_type="picture"))
        keys = {row["key"] for row in worker.rows.tables["sessions"].values() if "key" in row}

    assert len(keys) == 1
    assert before not in keys


@pytest.mark.parametrize("bot", BOTS.values(), ids=BOTS)
@skipping
async def test_grants_end_at_every_bot_and_others_keep_theirs(bot: Bot) -> None:
    async with worker_of(bot).started() as worker:
        grants = Grants(worker.rows)  # type: ignore[arg-type]  # the same methods over a dictionary
        for name in ("handbook", "other"):
            for user in (MEMBER, STAYS):
                await grants.give(
                    Grant(f"{name}-{user}", name, user, "finance", NOW_MS, NOW_MS + 10**8, OWNER)
                )
        await leave(worker, MEMBER)
        living = {
            one.id for name in ("handbook", "other") for one in await grants.living(name, worker.now_ms)
        }

    assert living == {f"handbook-{STAYS}", f"other-{STAYS}"}


@pytest.mark.parametrize("bot", BOTS.values(), ids=BOTS)
@skipping
async def test_a_kept_profile_is_gone_under_every_name_of_the_organisation(bot: Bot) -> None:
    async with worker_of(bot).started() as worker:
        directory = StoredDirectory(worker.rows)  # type: ignore[arg-type]  # as above
        scope = bot.dingtalk.corp_id or bot.dingtalk.client_id
        for user in (MEMBER, STAYS):
            profile = Profile(((200, 1),), name=user, fetched_ms=worker.now_ms)
            await directory.keep(scope, user, profile, await directory.read(scope, user))
        await leave(worker, MEMBER)
        names = await directory.names(scope, [MEMBER, STAYS])

    assert names == {STAYS: STAYS}


@pytest.mark.parametrize(
    "event",
    [
        an_event("user_modify_org", MEMBER),
        an_event("label_user_change", MEMBER),
        an_event("org_dept_remove", departments=("200",)),
    ],
    ids=lambda event: str(event.type),
)
@pytest.mark.parametrize("bot", BOTS.values(), ids=BOTS)
@skipping
async def test_who_is_moved_loses_the_kept_profile_at_every_bot_and_nothing_else(
    bot: Bot, event: OrganisationEvent
) -> None:
    async with worker_of(bot).started() as worker:
        directory = StoredDirectory(worker.rows)  # type: ignore[arg-type]  # as above
        grants = Grants(worker.rows)  # type: ignore[arg-type]  # as above
        scope = bot.dingtalk.corp_id or bot.dingtalk.client_id
        profile = Profile(((200, 1),), fetched_ms=worker.now_ms)
        await directory.keep(scope, MEMBER, profile, await directory.read(scope, MEMBER))
        await grants.give(Grant("g1", "other", MEMBER, "finance", NOW_MS, NOW_MS + 10**8, OWNER))
        await begun(worker.rows, MEMBER)
        await worker.answer(of_other(MEMBER, REFUSED))
        worker.skipped_ms += 1_000
        await worker.dispatcher.dispatch(event, worker.invocation())
        worker.skipped_ms += 1_000
        dropped = (await directory.read(scope, MEMBER)).profile is None
        before, after = await session_keys(worker, MEMBER)
        living = await grants.living("other", worker.now_ms)

    assert dropped
    assert before == after
    assert [one.id for one in living] == ["g1"]
    assert (MEMBER, "s0") in worker.rows.tables["console_sessions"]


@pytest.mark.parametrize("bot", BOTS.values(), ids=BOTS)
@skipping
async def test_a_dialogue_of_a_skill_is_over(bot: Bot) -> None:
    async with worker_of(bot).started() as worker:
        flows = FlowRows(worker.rows)  # type: ignore[arg-type]  # as above
        scope = bot.dingtalk.corp_id or bot.dingtalk.client_id
        keys: list[FlowKey] = []
        for user in (MEMBER, STAYS):
            keys.append(flow_key_of(of_other(user, REFUSED), scope))
            now_ms = worker.now_ms
            await flows.save(keys[-1], user, version=0, now_ms=now_ms, until_ms=now_ms + 10**6)
        await leave(worker, MEMBER)
        found = [await flows.load(key, now_ms=worker.now_ms) for key in keys]

    assert found == [("", 1), (STAYS, 1)]


@skipping
async def test_another_organisation_with_a_person_of_the_same_id_keeps_everything() -> None:
    async with worker_of(a_bot(dingtalk=ELSEWHERE)).started() as worker:
        grants = Grants(worker.rows)  # type: ignore[arg-type]  # as above
        await grants.give(Grant("g1", "other", MEMBER, "finance", NOW_MS, NOW_MS + 10**8, OWNER))
        await worker.answer(of_other(MEMBER, REFUSED))
        await leave(worker, MEMBER)
        before, after = await session_keys(worker, MEMBER)
        living = await grants.living("other", worker.now_ms)

    assert before == after
    assert [one.id for one in living] == ["g1"]


@pytest.mark.parametrize("away", [False, True], ids=["the directory answers", "the directory is away"])
@skipping
async def test_a_request_for_access_is_void_also_for_who_is_back(*, away: bool) -> None:
    async with access_worker().started() as worker:
        await worker.answer(asked())
        await worker.click("request", turn_id=REFUSED, user=ASKER)
        await leave(worker, ASKER)
        worker.people.away = away
        tap = click(CARD, "approve", OWNER, "24", worker.now_ms)
        came_of_it = await worker.dispatcher.dispatch(tap, worker.invocation())
        lent = await Grants(worker.rows).living("handbook", worker.now_ms)  # type: ignore[arg-type]  # as above

    assert came_of_it == "grant_left"
    assert lent == ()


@skipping
async def test_what_is_asked_after_coming_back_is_decided_as_ever() -> None:
    async with access_worker().started() as worker:
        await leave(worker, ASKER)
        await worker.answer(asked(asked_ms=worker.now_ms))
        await worker.click("request", turn_id=REFUSED, user=ASKER)
        tap = click(CARD, "approve", OWNER, "24", worker.now_ms)
        assert await worker.dispatcher.dispatch(tap, worker.invocation()) == "approved"


async def begun(rows: MemoryRows, *users: str, each: int = 1) -> ConsoleSessions:
    sessions = ConsoleSessions(rows)  # type: ignore[arg-type]  # as above
    for user in users:
        for number in range(each):
            await sessions.begin(user, f"s{number}", now_ms=NOW_MS)
    return sessions


@pytest.mark.parametrize(
    ("console_bot", "held"),
    [("handbook", False), ("other", True), ("", True)],
    ids=["this organisation's console", "another organisation's", "none"],
)
@skipping
async def test_sessions_of_the_console_end_where_it_is_the_organisations(
    console_bot: str, *, held: bool
) -> None:
    worker = worker_of(a_bot(dingtalk=ELSEWHERE))
    worker.console_bot = console_bot
    async with worker.started():
        sessions = await begun(worker.rows, OWNER, "boss02")
        await leave(worker, OWNER)

        assert await sessions.holds(OWNER, "s0") is held
        assert await sessions.holds("boss02", "s0")


@skipping
async def test_more_sessions_than_one_page_has_end_too() -> None:
    async with worker_of(a_bot(dingtalk=APP)).started() as worker:
        await begun(worker.rows, OWNER, each=MOST * 5)
        await leave(worker, OWNER)

    assert worker.rows.tables["console_sessions"] == {}


@skipping
async def test_without_the_consoles_table_everything_else_is_taken_all_the_same() -> None:
    async with worker_of(a_bot(dingtalk=APP)).started() as worker:
        worker.rows.missing = {"console_sessions"}
        grants = Grants(worker.rows)  # type: ignore[arg-type]  # as above
        await grants.give(Grant("g1", "other", MEMBER, "finance", NOW_MS, NOW_MS + 10**8, OWNER))
        await leave(worker, MEMBER)

        assert await grants.living("other", worker.now_ms) == ()


@skipping
async def test_a_departure_that_was_not_noted_is_tried_again() -> None:
    async with worker_of(a_bot(dingtalk=APP)).started() as worker:
        worker.rows.missing = {"sessions"}
        with pytest.raises(StateError):
            await leave(worker, MEMBER)
        worker.rows.missing = set()
        await leave(worker, MEMBER)

    assert any(line["message"] == "user_leave_org" for line in worker.lines)


@skipping
async def test_the_number_of_requests_does_not_grow_with_the_people_who_leave() -> None:
    counts = []
    for people in (30, 2_000):
        users = [f"user{number:05}" for number in range(people)]
        async with worker_of(a_bot(dingtalk=APP)).started() as worker:
            await begun(worker.rows, users[3], users[-1])
            grants = Grants(worker.rows)  # type: ignore[arg-type]  # as above
            await grants.give(Grant("g1", "other", users[-1], "finance", NOW_MS, NOW_MS + 10**8, OWNER))
            worker.rows.calls.clear()
            await leave(worker, *users)
            batches = [
                call for call in worker.rows.calls if call.startswith("batch ") and "directory" in call
            ]
            counts.append(len(worker.rows.calls) - len(batches))
            assert len(batches) <= people * 3 // 200 + 1
            assert await grants.living("other", worker.now_ms) == ()
            assert worker.rows.tables["console_sessions"] == {}

    assert counts[0] == counts[1]
