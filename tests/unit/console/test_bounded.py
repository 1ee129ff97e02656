"""A page costs the same number of requests whether there are ten questions or very many."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Any

import pytest

from rag_on_dingtalk.console.reading.gaps import MOST_READ, MOST_STORED
from rag_on_dingtalk.console.routes import ROUTES
from rag_on_dingtalk.knowledge.curated.entry import Head, Version, head_columns, version_columns
from rag_on_dingtalk.knowledge.gaps import KnownGap, gap_columns, gap_id
from rag_on_dingtalk.knowledge.skills.skill import Skill, Triggers
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.observability.events import QuestionEvent, question_row
from tests.builders import NOW_MS
from tests.unit.console.filling import TURN, fill
from tests.unit.console.world import OWNER, World

#: Requests of a page at most, the session's included; gaps and the examination of tables ask most.
MOST = {"gaps": 15, "gaps/ignore": 14, "skills/write": 14, "health": 30, "access": 14}
_OTHERS = 10
#: Rows that a page reads at most: of questions, of hours, of gaps that were dealt with.
MOST_ROWS = {"gaps": MOST_READ + MOST_STORED, "gaps/ignore": MOST_READ + MOST_STORED, "overview": 30 * 24}
_OTHER_ROWS = 850
PAGES = [
    route.path.removeprefix("/bots/{bot}/")
    for route in ROUTES
    if route.method == "GET" and "{bot}" in route.path and not route.path.endswith("/step")
]
_DAY_MS = 86_400_000


def many(world: World, number: int) -> None:
    """Questions of thirty days, put where the tables are; the hours' counts stay few by themselves."""
    world.rows.tables.setdefault("questions", {}).update(_made(number))


@cache
def _made(number: int) -> dict[tuple[Any, ...], Any]:
    table: dict[tuple[Any, ...], Any] = {}
    for one in range(number):
        event = QuestionEvent(
            turn_id=turn_id_of("handbook", f"many {one}"),
            bot="handbook",
            asked_ms=NOW_MS - one * (30 * _DAY_MS // number),
            asker=f"u{one % 50}",
            question=f"问题 {one % 97}",
            outcome="answered" if one % 9 else "nothing_found",
        )
        table[f"handbook/{event.day}", event.asked_ms, event.turn_id] = {**question_row(event)}
    return table


def many_gaps(world: World, number: int) -> None:
    """Gaps that people have dealt with, in the years before."""
    table = world.rows.tables.setdefault("curated", {})
    for one in range(number):
        gap = KnownGap(
            id=f"{one:012x}",
            question=f"旧的缺口 {one:x}",
            wordings=(),
            route="",
            people=3,
            times=3,
            last_ms=0,
            turns=(),
            state="filled",
        )
        table["handbook/gaps", gap.id, 0] = gap_columns(gap)


async def test_a_gap_that_was_ignored_stays_so_however_many_were_dealt_with(world: World) -> None:
    many_gaps(world, MOST_STORED)
    for one, asker in enumerate("abc"):
        asked = QuestionEvent(
            turn_id=turn_id_of("handbook", asker),
            bot="handbook",
            asked_ms=NOW_MS - one,
            asker=asker,
            question="停车证在哪里办",
            outcome="nothing_found",
        )
        await world.services.questions.remember(asked)
    async with world.signed_in(OWNER) as browser:
        before = (await browser.get("/bots/handbook/gaps")).text
        token, gap = await browser.token(), gap_id("停车证在哪里办")
        # Behind all that a page reads.
        assert gap > f"{MOST_STORED:012x}"
        await browser.post("/bots/handbook/gaps/ignore", form=token, gap=gap, why="不写")
        after = (await browser.get("/bots/handbook/gaps")).text
        await browser.post("/bots/handbook/gaps/reopen", form=token, gap=gap)
        again = (await browser.get("/bots/handbook/gaps")).text

    assert ["停车证" in text for text in (before, after, again)] == [True, False, True]


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_costs_a_bounded_number_of_requests(world: World, page: str) -> None:
    await fill(world, "年假有几天")
    many(world, 6_000)
    many_gaps(world, MOST_STORED + 1_100)
    query = {
        "questions": "outcome=stopped&words=1",
        "simulator": "run=1&user=asker1",
        "gaps/ignore": "gap=x",
        "evaluation/act": "what=go_on",
    }
    path = page.replace("{turn}", TURN).replace("{id}", "one")
    async with world.signed_in(OWNER) as browser:
        world.rows.calls.clear()
        world.rows.rows_read = 0
        shown = await browser.get(f"/bots/handbook/{path}?{query.get(page, '')}")

    assert shown.status_code in (200, 404, 422)
    assert len(world.rows.calls) <= MOST.get(page, _OTHERS), world.rows.calls
    assert world.rows.rows_read <= MOST_ROWS.get(page, _OTHER_ROWS)
    assert not any(call.startswith("scan") for call in world.rows.calls)


def many_answers(world: World, versions: list[int]) -> None:
    """Answers that people have written, one for each number of versions."""
    table = world.rows.tables.setdefault("curated", {})
    for one, number in enumerate(versions):
        id_ = f"a{one:04}"
        table["handbook", id_, 0] = {**head_columns(Head(live=number)), "number": 1}
        for version in range(1, number + 1):
            skill = Skill(id=id_, owner="hr", version=version, triggers=Triggers(questions=(f"问 {one}",)))
            table["handbook", id_, version] = version_columns(
                Version(skill=skill, written_by="hr", written_ms=NOW_MS)
            )


@pytest.mark.parametrize("versions", [[1, 2, 3] * 110, [250, 1, 250], [199, 1, 1, 200, 201], [1]], ids=str)
async def test_the_answers_are_paged_to_their_end_and_each_is_there_once_with_its_newest_version(
    world: World, versions: list[int]
) -> None:
    many_answers(world, versions)
    seen: list[tuple[str, str]] = []
    pages = 0
    async with world.signed_in(OWNER) as browser:
        path = "/bots/handbook/skills"
        while path:
            pages += 1
            world.rows.calls.clear()
            text = (await browser.get(path)).text
            assert len(world.rows.calls) <= MOST.get("skills", _OTHERS)
            seen += re.findall(r'skills/(a\d{4})".*?<td[^>]*>(\d+)</td>', text, re.DOTALL)
            more = re.search(r'href="([^"]*skills\?at=[^"]*)"', text)
            path = html.unescape(more[1]) if more else ""

    assert seen == [(f"a{one:04}", str(newest)) for one, newest in enumerate(versions)]
    assert pages <= 2 * sum(versions) / 200 + 2


async def test_the_list_is_paged_to_its_end_and_each_question_is_there_once(world: World) -> None:
    many(world, 700)
    seen: list[str] = []
    async with world.signed_in(OWNER) as browser:
        path = "/bots/handbook/questions"
        for _ in range(60):
            shown = (await browser.get(path)).text
            seen += [part[:32] for part in shown.split("/bots/handbook/questions/")[1:]]
            following = [part.partition('"')[0] for part in shown.split('href="') if "at=" in part[:300]]
            older = [one for one in following if one.startswith("/bots/handbook/questions?") and "~" in one]
            if not older or len(seen) >= 700:
                break
            path = older[-1].replace("&amp;", "&")

    assert len(seen) == len(set(seen)) == 700
