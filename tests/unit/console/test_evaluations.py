"""Runs of golden questions on the console: who sees them, and what is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.evaluation.asking import Answer
from rag_on_dingtalk.evaluation.golden import GoldenQuestion
from rag_on_dingtalk.evaluation.keeping import run_of
from rag_on_dingtalk.evaluation.running import Result
from rag_on_dingtalk.knowledge.evaluation_runs import read_run, run_columns
from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations
from tests.builders import NOW_MS
from tests.unit.console.world import ASKER, AUDITOR, CURATOR, OPERATOR, OWNER

if TYPE_CHECKING:
    from tests.unit.console.world import World

PAGE = "/bots/handbook/evaluation"


def result(ask: str, *problems: str, **answer: Any) -> Result:
    return Result(question=GoldenQuestion(ask=ask), answer=Answer(**answer), problems=problems)


async def keep(world: World, *results: Result, at_ms: int = NOW_MS, route: str = "everyone") -> None:
    rows: Any = world.rows
    run = run_of({route: results}, file="questions.yaml", at_ms=at_ms)
    await Evaluations(rows).keep("handbook", at_ms, run_columns(run))


async def test_the_table_says_what_passed_and_what_did_not_and_why(world: World) -> None:
    await keep(
        world,
        result("年假有几天？", milliseconds=1_200, tokens=40),
        result("婚假有几天？", "without '三'", milliseconds=3_400, tokens=2),
        result("病假？", "no whole answer: deadline", failure="deadline"),
    )
    async with world.signed_in(CURATOR) as browser:
        shown = (await browser.get(PAGE)).text

    for part in (
        "questions.yaml",
        "1 / 3",
        "1.2 s / 3.4 s",
        "婚假有几天？",
        "without &#x27;三&#x27;",
        "deadline",
    ):
        assert part in shown or part.replace("&#x27;", "&#39;") in shown
    assert "年假有几天？" not in shown


async def test_the_newest_ten_runs_are_shown_the_newest_first(world: World) -> None:
    for number in range(12):
        await keep(world, result("?"), at_ms=NOW_MS + number, route=f"route{number:02}")
    async with world.signed_in(OWNER) as browser:
        shown = (await browser.get(PAGE)).text

    places = [shown.find(f"route{number:02}") for number in range(12)]
    assert places[:2] == [-1, -1]
    assert places[2:] == sorted(places[2:], reverse=True)


async def test_without_a_run_the_page_says_how_to_make_one(world: World) -> None:
    async with world.signed_in(OPERATOR) as browser:
        shown = (await browser.get(PAGE)).text

    assert "还没有保存过评测" in shown
    assert "evaluate questions.yaml --bot handbook --route everyone --keep" in shown


@pytest.mark.parametrize(("user", "status"), [(OWNER, 200), (CURATOR, 200), (OPERATOR, 200), (AUDITOR, 403)])
async def test_those_who_write_answers_or_operate_see_it(world: World, user: str, status: int) -> None:
    async with world.signed_in(user) as browser:
        assert (await browser.get(PAGE)).status_code == status
    async with world.signed_in(ASKER) as browser:
        assert (await browser.get(PAGE)).status_code != 200


def test_a_run_of_very_many_questions_stays_small_and_keeps_its_numbers() -> None:
    results = [result("问" * 4_000, *["x" * 900] * 9, milliseconds=number) for number in range(2_000)]

    columns = run_columns(run_of({"everyone": results, "new": results}, file="q.yaml", at_ms=NOW_MS))

    assert len(str(columns["content"]).encode()) < 1_000_000
    run = read_run(columns)
    assert run is not None
    assert [(one.asked, one.passed, len(one.missed)) for one in run.routes] == [(2_000, 0, 100)] * 2
    assert (run.routes[0].p50_ms, run.routes[0].p95_ms) == (999, 1_899)


def test_a_run_of_another_edition_is_passed_over() -> None:
    assert read_run({"content": "{}"}) is None
    assert read_run({}) is None
