"""What pages change: who may, what is written down, and what happens when it cannot be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from emulators.dingtalk import Person
from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.dingtalk.outbound.broadcast import send_to_people
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.observability.events import Act
from rag_on_dingtalk.settings.sections.access import AccessRule, Route, Subjects
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from rag_on_dingtalk.settings.sections.knowledge import GapSettings, SkillSettings
from rag_on_dingtalk.storage.access.leavers import Leavers
from rag_on_dingtalk.storage.shared.counters import CallCounter, month_of
from tests.builders import NOW_MS, a_bot
from tests.unit.console.filling import TURN, fill
from tests.unit.console.world import APP, ASKER, CURATOR, OPERATOR, OWNER, ROLES, World

if TYPE_CHECKING:
    from tests.unit.console.world import Browser

BASE = "/bots/handbook"
WEEK_MS = 7 * 86_400_000


def with_rules(**app: Any) -> World:
    """A bot whose only route is for one department."""
    world = World(
        a_bot(
            dingtalk=msgspec.structs.replace(APP, **app),
            roles=ROLES,
            routes=(Route(name="everyone", use="backend"),),
            access=(AccessRule(name="finance", allow=Subjects(departments=(200,)), routes=("everyone",)),),
        )
    )
    world.dingtalk.directory.members[OWNER] = (200,)
    return world


def acts(world: World) -> list[dict[str, Any]]:
    return [row for row in world.rows.tables.get("audit", {}).values() if "act" in row]


def words_of(world: World) -> list[str]:
    return [row["act"] for row in acts(world)]


async def grant(browser: Browser, **fields: str) -> Any:
    form = {"route": "everyone", "length": "7d", "why": "季度审计", **fields}
    return await browser.post(f"{BASE}/access/grant", form=await browser.token(), **form)


async def test_a_department_is_lent_a_route_and_it_stands_in_the_audit_with_the_reason() -> None:
    world = with_rules()
    async with world.signed_in(OWNER) as browser:
        shown = await browser.get(f"{BASE}/access/grant?department=100&route=everyone&length=7d&why=季度审计")
        assert shown.status_code == 200
        assert acts(world) == []
        done = await grant(browser, department="100")

    assert done.headers["location"] == f"{BASE}/access?done=given"
    (lent,) = await world.services.grants.living("handbook", NOW_MS)
    assert (lent.department, lent.route, lent.until_ms) == (100, "everyone", NOW_MS + WEEK_MS)
    (act,) = acts(world)
    assert (act["act"], act["who"], act["source"], act["rule"]) == (
        "grant.given",
        OWNER,
        "console",
        "role:owner",
    )
    assert "季度审计" in act["detail"]
    await world.close()


@pytest.mark.parametrize(
    "fields",
    [
        {"user": ""},
        {"user": "u", "department": "100"},
        {"user": ASKER, "why": " "},
        {"user": ASKER, "length": "forever"},
        {"user": ASKER, "route": "other"},
        {"user": OWNER},
        {"user": "no-such-person"},
        {"department": "9999"},
        {"department": "x"},
        {"department": "100", "length": "90d"},
    ],
    ids=str,
)
async def test_what_speaks_against_a_grant_is_said_and_nothing_is_lent(fields: dict[str, str]) -> None:
    world = with_rules()
    async with world.signed_in(OWNER) as browser:
        got = await grant(browser, **fields)

    assert got.status_code == 422
    assert await world.services.grants.living("handbook", NOW_MS) == ()
    await world.close()


async def test_taking_back_needs_a_reason_and_ends_it_at_once() -> None:
    world = with_rules()
    async with world.signed_in(OWNER) as browser:
        await grant(browser, user=ASKER)
        page = (await browser.get(f"{BASE}/access")).text
        found = re.search(r"access/take\?grant=([^\"&]+)", page)
        assert found is not None
        form = {"form": await browser.token(), "grant": found[1]}
        assert (await browser.post(f"{BASE}/access/take", **form, why="")).status_code == 404
        await browser.post(f"{BASE}/access/take", **form, why="不需要了")

    assert await world.services.grants.living("handbook", NOW_MS + 1) == ()
    assert words_of(world) == ["grant.given", "grant.taken"]
    await world.close()


async def test_words_are_shown_to_those_who_may_and_only_once_that_is_written_down(world: World) -> None:
    await fill(world, "年假有几天")
    world.rows.tables["directory"].clear()
    async with world.signed_in(CURATOR) as curator, world.signed_in(OPERATOR) as operator:
        for path, place in (("questions", "words"), (f"questions/{TURN}", "bubble")):
            words = f'class="{place}">年假'
            assert words not in (await curator.get(f"{BASE}/{path}")).text
            assert words in (await curator.get(f"{BASE}/{path}?words=1")).text
            assert words not in (await operator.get(f"{BASE}/{path}?words=1")).text
        assert words_of(world).count("question.read") == 2
        world.rows.missing.add("audit")
        assert 'class="words">年假' not in (await curator.get(f"{BASE}/questions?words=1")).text


async def test_of_another_bots_question_nothing_is_shown(world: World) -> None:
    await fill(world, "x")
    world.rows.tables["turns"][TURN,]["job"] = str(world.rows.tables["turns"][TURN,]["job"]).replace(
        '"bot":"handbook"', '"bot":"other"'
    )
    async with world.signed_in(OWNER) as browser:
        assert (await browser.get(f"{BASE}/questions/{TURN}")).status_code == 404
        assert (await browser.get(f"{BASE}/access/requests/{TURN}")).status_code == 404


async def test_the_first_decision_on_a_request_stands_and_the_person_is_told() -> None:
    world = with_rules()
    await fill(world, "VPN")
    async with world.signed_in(OWNER) as browser:
        form = {"form": await browser.token(), "decision": "approve", "hours": "24"}
        first = await browser.post(f"{BASE}/access/requests/{TURN}", **form)
        again = await browser.post(f"{BASE}/access/requests/{TURN}", **{**form, "decision": "reject"})

    assert "done=approved" in first.headers["location"]
    assert "done=before" in again.headers["location"]
    lent = [one for one in await world.services.grants.living("handbook", NOW_MS) if one.requested]
    assert [(one.id, one.user) for one in lent] == [(TURN, ASKER)]
    sent = [call for call in world.dingtalk.ledger.calls if "oToMessages" in call.api]
    assert len(sent) == 1
    await world.close()


async def test_a_message_about_a_decision_is_counted_in_the_month_and_directory_calls_are_not() -> None:
    world = with_rules()
    await fill(world, "VPN")
    rows: Any = world.rows
    counter = CallCounter(rows, "ding1", me="test", clock=lambda: NOW_MS)
    async with world.signed_in(OWNER) as browser:
        form = {"form": await browser.token(), "decision": "reject"}
        before = (await counter.read(month_of(NOW_MS))).spent
        await browser.post(f"{BASE}/access/requests/{TURN}", **form)

    assert before == 0
    assert (await counter.read(month_of(NOW_MS))).spent == 1
    await world.close()


async def test_in_a_month_without_calls_the_decision_stands_and_the_page_says_that_no_one_was_told() -> None:
    world = with_rules(budget=Budget(monthly_calls=1))
    await fill(world, "VPN")
    async with world.services.charged("handbook") as api:
        await send_to_people(api, [OWNER], robot_code="ding1", title="x", markdown="the only one")
    async with world.signed_in(OWNER) as browser:
        form = {"form": await browser.token(), "decision": "approve", "hours": "24"}
        decided = await browser.post(f"{BASE}/access/requests/{TURN}", **form)

    assert "done=approved_untold" in decided.headers["location"]
    assert [one.id for one in await world.services.grants.living("handbook", NOW_MS) if one.requested] == [
        TURN
    ]
    assert len([call for call in world.dingtalk.ledger.calls if "oToMessages" in call.api]) == 1
    await world.close()


async def test_what_a_person_asked_for_before_leaving_is_void_and_says_so() -> None:
    world = with_rules()
    await fill(world, "VPN")
    scope = scope_of(world.services.bots["handbook"])
    async with world.signed_in(OWNER) as browser:
        assert f"access/requests/{TURN}" in (await browser.get(f"{BASE}/access")).text
        await Leavers(world.services.rows).note([scope], [ASKER], now_ms=NOW_MS)
        form = {"form": await browser.token(), "decision": "approve", "hours": "24"}
        got = await browser.post(f"{BASE}/access/requests/{TURN}", **form)
        page = (await browser.get(f"{BASE}/access")).text

    assert got.status_code == 422
    assert f"access/requests/{TURN}" not in page
    assert "已离职，申请作废" in page
    assert not [one for one in await world.services.grants.living("handbook", NOW_MS) if one.requested]
    await world.close()


async def test_a_person_who_left_is_lent_nothing() -> None:
    world = with_rules()
    world.dingtalk.add_person(Person(nick="走了", staff_id="left1"))
    await world.dingtalk.administration.leave(world.dingtalk.person("走了"))
    async with world.signed_in(OWNER) as browser:
        got = await grant(browser, user="left1")
    assert "left1" in got.text
    assert got.status_code == 422
    await world.close()


async def test_an_incident_is_taken_muted_and_given_back(world: World) -> None:
    await fill(world, "x")
    async with world.signed_in(OPERATOR) as browser:
        form = {"form": await browser.token(), "kind": "backend_fails", "why": "在看"}
        for what, taken, muted in (("take", OPERATOR, False), ("mute", OPERATOR, True), ("undo", "", False)):
            await browser.post(f"{BASE}/incidents/act", **form, what=what)
            one = (await world.services.incidents.of_bot("handbook"))["backend_fails"]
            assert (one.acknowledged_by, one.muted_until_ms > NOW_MS) == (taken, muted)


async def test_the_audit_is_exported_by_a_ticket_of_this_session_only_and_that_is_recorded(
    world: World,
) -> None:
    await fill(world, "=HYPERLINK(1)")
    day = day_of(NOW_MS)
    async with world.signed_in(OWNER) as browser, world.signed_in(OWNER) as other:
        form = {"form": await browser.token(), "first": day, "last": day, "why": "月度"}
        page = (await browser.post(f"{BASE}/audit/export", **form)).text
        found = re.search(r'data-steps="([^"]+)"', page)
        assert found is not None
        (step,) = json.loads(found[1].replace("&quot;", '"').replace("&amp;", "&"))
        assert (await other.get(step["url"])).status_code == 422
        told = (await browser.get(step["url"])).json()
        assert "'=HYPERLINK" in told["text"]
        world.now_ms += 16 * 60_000
        assert (await browser.get(step["url"])).status_code == 422
    assert "audit.read" in words_of(world)


async def test_a_changed_record_is_found_by_the_check(world: World) -> None:
    await fill(world, "x")
    day = day_of(NOW_MS)
    async with world.signed_in(OWNER) as browser:
        form = {"form": await browser.token(), "first": day, "last": day}
        page = (await browser.post(f"{BASE}/audit/verify", **form)).text
        found = re.search(r'data-steps="([^"]+)"', page)
        assert found is not None
        (step,) = json.loads(found[1].replace("&quot;", '"').replace("&amp;", "&"))
        assert (await browser.get(step["url"])).json()["findings"] == []
        world.rows.tables["audit"][f"handbook/{day}", 1]["what"] = "something else"
        assert "was changed" in (await browser.get(step["url"])).json()["findings"][0]


async def test_an_answer_is_drafted_published_taken_back_and_its_gap_is_closed(world: World) -> None:
    await fill(world, "访客怎么停车")
    world.rows.tables["curated"].clear()
    async with world.signed_in(CURATOR) as browser:
        found = re.search(r"skills/write\?gap=([0-9a-f]+)", (await browser.get(f"{BASE}/gaps")).text)
        assert found is not None
        token = await browser.token()
        form = {"form": token, "gap": found[1], "questions": "访客怎么停车", "answer": "停在 B2。"}
        drafted = await browser.post(f"{BASE}/skills/write", **form)
        address = drafted.headers["location"].partition("?")[0]
        entry = await world.services.curating.entry("handbook", address.rpartition("/")[2])
        assert entry is not None
        assert entry.head.live == 0
        publish = {"form": token, "what": "publish", "version": "1", "why": "常问"}
        await browser.post(f"{address}/publish", **publish)
        assert found[1] not in (await browser.get(f"{BASE}/gaps")).text
        await browser.post(f"{address}/publish", form=token, what="withdraw", why="过期")
        entry = await world.services.curating.entry("handbook", entry.id)
    assert entry is not None
    assert (entry.head.live, entry.head.before) == (0, 1)


@pytest.mark.parametrize("tell", [True, False])
async def test_who_asked_is_to_be_told_of_what_is_published_where_the_bot_is_set_so(tell: bool) -> None:  # noqa: FBT001 - a parameter of the test
    gaps = GapSettings(tell_askers=tell)
    world = World(a_bot(dingtalk=APP, roles=ROLES, gaps=gaps, skills=SkillSettings(curated=True)))
    await fill(world, "访客怎么停车")
    world.rows.tables["curated"].clear()
    async with world.signed_in(CURATOR) as browser:
        found = re.search(r"skills/write\?gap=([0-9a-f]+)", (await browser.get(f"{BASE}/gaps")).text)
        assert found is not None
        token = await browser.token()
        form = {"form": token, "gap": found[1], "questions": "访客怎么停车", "answer": "停在 B2。"}
        drafted = await browser.post(f"{BASE}/skills/write", **form)
        address = drafted.headers["location"].partition("?")[0]
        published = await browser.post(f"{address}/publish", form=token, what="publish", version="1", why="x")
        said = (await browser.get(published.headers["location"])).text

    noted = [key for key in world.rows.tables["curated"] if key[0] == "handbook/untold"]
    assert noted == ([("handbook/untold", address.rpartition("/")[2], 1)] if tell else [])
    assert ("会收到通知" in said) == tell
    await world.close()


async def test_without_tablestore_a_page_says_what_to_do(world: World) -> None:
    async with world.signed_in(OWNER) as browser:
        world.rows.missing.add("stats")
        shown = await browser.get(f"{BASE}/overview")

    assert shown.status_code == 503
    assert "tables --create" in shown.text


async def test_every_act_of_a_page_has_a_meaning_in_the_vocabulary(world: World) -> None:
    from rag_on_dingtalk.observability.audit.vocabulary import ACTS

    await fill(world, "x")
    assert {"grant.given", "grant.taken", "grant.rejected", "question.read", "audit.read"} <= set(ACTS)
    assert isinstance(Act(act="session.opened", bot="-", who="x", at_ms=0), Act)
