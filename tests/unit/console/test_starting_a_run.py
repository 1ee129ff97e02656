"""A run of golden questions from the console: shown first, begun once, followed, stopped, gone on with."""

from __future__ import annotations

import asyncio
import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.cloud.job_codec import encode_job
from rag_on_dingtalk.knowledge.evaluation_work import (
    GRACE_MS,
    QUEUED_MS,
    EvaluationWork,
    read_work,
    work_columns,
)
from rag_on_dingtalk.models.jobs import EvaluationSlice
from rag_on_dingtalk.settings.sections.access import Route, When
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from tests.builders import a_bot
from tests.hostile import HOSTILE
from tests.in_process import Worker
from tests.unit.console.filling import a_run
from tests.unit.console.test_hostile_texts import dangers
from tests.unit.console.world import APP, CURATOR, OPERATOR, OWNER, ROLES, World
from tests.unit.worker.evaluating.running import HeldBackend

if TYPE_CHECKING:
    import httpx

    from tests.unit.console.world import Browser

PAGE = "/bots/handbook/evaluation"
LINES = "年假有几天？\t5 天\t休假制度\r\n火星有几颗卫星？\t找不到"
FORM = {"name": "请假", "route": "everyone", "against": "", "questions": LINES}


async def send(browser: Browser, page: str, **form: str) -> httpx.Response:
    return await browser.post(f"{PAGE}/{page}", form=await browser.token(), **form)


async def begin(browser: Browser, **form: str) -> httpx.Response:
    return await send(browser, "start", **{**FORM, "why": "换了模型", **form})


async def put(world: World, work: EvaluationWork) -> None:
    assert await world.services.evaluation_work.begin("handbook", {**work_columns(work)}, instead_of={})


async def stored(world: World) -> EvaluationWork:
    found = read_work(await world.services.evaluation_work.all("handbook"))
    assert found is not None
    return found


def acts(world: World) -> list[dict[str, Any]]:
    return [row for row in world.rows.tables.get("audit", {}).values() if "act" in row]


async def test_the_effect_is_shown_before_anything_happens(world: World) -> None:
    async with world.signed_in(CURATOR) as browser:
        assert (await browser.get(f"{PAGE}/start")).status_code == 200
        shown = await send(browser, "preview", **FORM)

    assert shown.status_code == 200
    for part in ("线路 everyone 的知识库", "2 个问题", "不占任何人的限额", "token", "约 ¥", "为什么"):
        assert part in shown.text
    assert (world.queued, acts(world)) == ([], [])
    assert not any("evaluation-work" in str(key) for key in world.rows.tables.get("curated", {}))


async def test_what_was_shown_is_what_is_begun_and_the_queue_carries_an_id_only(world: World) -> None:
    async with world.signed_in(CURATOR) as browser:
        shown = (await send(browser, "preview", **FORM)).text
        fields = {
            name: html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown)
        }
        done = await browser.post(f"{PAGE}/start", **fields, why="换了模型")
        page = (await browser.get(done.headers["location"])).text

    work = await stored(world)
    assert (work.state, work.total, work.done, work.by, work.text) == ("running", 2, 0, CURATOR, LINES)
    assert world.queued == [EvaluationSlice("handbook", work.run, 0)]
    assert len(encode_job(world.queued[0])) < 200
    (act,) = acts(world)
    assert (act["act"], act["who"], act["what"], act["rule"]) == (
        "evaluation.started",
        CURATOR,
        "everyone",
        "role:curator",
    )
    assert "换了模型" in act["detail"]
    assert "年假" not in act["detail"]
    assert "已排队" in page
    assert "0 / 2" in page


async def test_each_line_that_is_wrong_is_named_and_the_text_is_not_lost(world: World) -> None:
    async with world.signed_in(CURATOR) as browser:
        got = await send(browser, "preview", **{**FORM, "questions": "年假 | 5 天\n病假\na|b|c|d|e"})
        english = await browser.http.post(
            f"{PAGE}/preview",
            data={**FORM, "questions": "年假", "form": await browser.token()},
            headers={"origin": world.url, "accept-language": "en"},
        )

    assert got.status_code == english.status_code == 422
    assert "第 2 行：没有写答案要满足什么" in got.text
    assert "第 3 行：一行最多四格" in got.text
    assert "病假" in got.text
    assert "Line 1: Nothing must hold" in english.text
    assert world.queued == []


@pytest.mark.parametrize(
    "form",
    [
        {"name": " "},
        {"route": "no-such"},
        {"route": ""},
        {"against": "no-such"},
        {"questions": ""},
        {"why": " "},
    ],
    ids=str,
)
async def test_a_form_that_was_changed_begins_nothing(world: World, form: dict[str, str]) -> None:
    async with world.signed_in(CURATOR) as browser:
        assert (await begin(browser, **form)).status_code == 404
    assert (world.queued, acts(world)) == ([], [])


async def test_a_second_start_says_that_one_is_under_way(world: World) -> None:
    await put(world, a_run())
    async with world.signed_in(OWNER) as browser:
        answers = [
            await browser.get(f"{PAGE}/start"),
            await send(browser, "preview", **FORM),
            await begin(browser),
        ]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert all("已经有一次评测在跑（curator1，12 / 40）" in answer.text for answer in answers)
    assert world.queued == []


async def test_of_two_starts_at_the_same_time_one_begins(world: World) -> None:
    async with world.signed_in(OWNER) as one, world.signed_in(CURATOR) as other:
        answers = await asyncio.gather(begin(one), begin(other))

    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(world.queued) == len(acts(world)) == 1


async def test_the_page_tells_how_far_it_is_and_asks_again_without_the_questions(world: World) -> None:
    await put(world, a_run())
    async with world.signed_in(OPERATOR) as browser:
        page = (await browser.get(PAGE)).text
        world.rows.calls.clear()
        told = (await browser.get(f"{PAGE}/step")).json()
        calls = list(world.rows.calls)
        world.now_ms += 30_000 + GRACE_MS + 1
        after = (await browser.get(f"{PAGE}/step")).json()

    assert 'max="40"' in page
    assert f'data-follow="{PAGE}/step"' in page
    # An operator looks on.
    assert "evaluation/act" not in page
    assert "evaluation/start" not in page
    assert told == {"open": True, "done": 12, "said": "问完 12 / 40"}
    assert calls.count("get curated") == 1
    assert len(calls) <= 3
    assert after == {"open": False}


async def test_a_run_whose_instance_died_says_so_and_goes_on(world: World) -> None:
    await put(world, a_run(number=3))
    world.now_ms += 30_000 + GRACE_MS + 1
    async with world.signed_in(CURATOR) as browser:
        page = (await browser.get(PAGE)).text
        preview = (await browser.get(f"{PAGE}/act?what=go_on")).text
        done = await send(browser, "act", what="go_on", run="r1", why="实例没了")

    assert "这次评测中断了" in page
    assert "12 / 40" in page
    assert "问剩下的 28 个问题" in preview
    assert done.headers["location"] == f"{PAGE}?done=went_on"
    work = await stored(world)
    assert (work.state, work.number, work.owner, work.done) == ("running", 4, "", 12)
    assert work.until_ms == world.now_ms + QUEUED_MS
    assert world.queued == [EvaluationSlice("handbook", "r1", 4)]
    assert [act["act"] for act in acts(world)] == ["evaluation.started"]


async def test_after_a_death_another_run_may_begin(world: World) -> None:
    await put(world, a_run(state="running"))
    world.now_ms += 30_000 + GRACE_MS + 1
    async with world.signed_in(CURATOR) as browser:
        # The questions of the last run stand in the form.
        assert "年假 | 5 天" in (await browser.get(f"{PAGE}/start")).text
        assert (await begin(browser)).status_code == 303

    assert (await stored(world)).run != "r1"


async def test_stopping_is_recorded_once_and_can_be_undone(world: World) -> None:
    await put(world, a_run())
    async with world.signed_in(CURATOR) as browser:
        assert "不再问新的问题" in (await browser.get(f"{PAGE}/act?what=stop")).text
        form = {"what": "stop", "run": "r1"}
        assert (await send(browser, "act", **form, why=" ")).status_code == 404
        assert (await send(browser, "act", **{**form, "run": "other"}, why="太贵")).status_code == 404
        assert (await stored(world)).state == "running"
        await send(browser, "act", **form, why="太贵")
        assert (await send(browser, "act", **form, why="太贵")).status_code == 404
        stopped, page = await stored(world), (await browser.get(PAGE)).text
        await send(browser, "act", what="go_on", run="r1", why="还是要")

    assert (stopped.state, stopped.done) == ("stopped", 12)
    assert "这次评测被停止了" in page
    assert [act["act"] for act in acts(world)] == ["evaluation.stopped", "evaluation.started"]
    assert (await stored(world)).state == "running"


async def test_what_is_not_queued_has_not_begun_and_can_go_on(world: World) -> None:
    world.queue_takes = False
    async with world.signed_in(CURATOR) as browser:
        got = await begin(browser)
        page = (await browser.get(PAGE)).text
        assert (await stored(world)).reason == "not_queued"
        world.queue_takes = True
        await send(browser, "act", what="go_on", run=(await stored(world)).run, why="再试")

    assert got.status_code == 503
    assert "没有排上队" in page
    assert [job.number for job in world.queued if isinstance(job, EvaluationSlice)] == [1]
    (line,) = (fields for message, fields in world.log if message == "evaluation_not_queued")
    assert "年假" not in str(line)


async def test_what_cannot_be_recorded_is_not_asked(world: World) -> None:
    world.rows.missing.add("audit")
    async with world.signed_in(CURATOR) as browser:
        got = await begin(browser)

    assert got.status_code == 503
    assert (await stored(world)).reason == "not_recorded"
    assert world.queued == []


async def test_without_the_answering_functions_name_there_is_nothing_to_press(world: World) -> None:
    world.services.queue = None
    async with world.signed_in(CURATOR) as browser:
        assert "evaluation/start" not in (await browser.get(PAGE)).text
        assert "ANSWER_FUNCTION" in (await begin(browser)).text


@pytest.mark.parametrize("state", ["running", "failed"])
async def test_hostile_words_are_text_while_it_runs_and_in_what_is_sent_back(
    world: World, state: str
) -> None:
    for text in HOSTILE:
        work = a_run(state=state, name=text, by=text, why=text, routes=(text,), reason=text)
        world.rows.tables.pop("curated", None)
        await put(world, work)
        async with world.signed_in(CURATOR) as browser:
            assert list(dangers((await browser.get(PAGE)).text)) == []
            back = await send(browser, "preview", **{**FORM, "name": text, "questions": text})
            shown = await send(browser, "preview", **{**FORM, "name": text, "questions": f"{text} | x"})
            assert list(dangers(back.text)) == list(dangers(shown.text)) == []


async def test_the_worker_asks_what_the_console_began_and_the_page_shows_the_run() -> None:
    base = AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="handbook")
    bot = a_bot(
        dingtalk=APP,
        roles=ROLES,
        backend=None,
        backends={"general": base, "next": base},
        routes=(
            Route(name="canary", use="next", when=When(percent=10)),
            Route(name="everyone", use="general"),
        ),
    )
    world = World(bot)
    backend: Any = HeldBackend()
    worker = Worker(bot, rows=world.rows, own_backend=backend)
    async with world.signed_in(CURATOR) as browser, worker.started():
        lines = "年假 | 年假\n病假 | 五天"
        preview = (await send(browser, "preview", **{**FORM, "against": "canary", "questions": lines})).text
        await begin(browser, against="canary", questions=lines)
        (job,) = world.queued
        assert await worker.dispatcher.dispatch(job, worker.invocation()) == "done"
        page = (await browser.get(PAGE)).text

    assert "线路 canary 的知识库 next" in preview
    assert "1 / 2" in page
    assert "没有跑完" not in page
    assert "病假" in page
    assert (await stored(world)).state == "done"
    await world.close()
