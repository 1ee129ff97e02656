"""Questions of a bot with limits, from the job to what the person reads."""

from __future__ import annotations

import asyncio

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS
from tests.skipping_loop import skipping
from tests.unit.access.limits.limited import ask, counted, limited, question, told

ZH = Texts("zh")
#: NOW_MS is 15:20 in China.
MINUTE_MS = 60_000


@skipping
async def test_the_question_beyond_the_limit_is_told_which_one_how_many_and_when_it_frees() -> None:
    async with limited({"scope": "user", "per": "minute", "questions": 2}) as worker:
        assert await ask(worker, 1, 2) == [True, True]
        refused = await worker.answer(question(3))

        assert told(refused) == "你每分钟最多可以问 2 个问题，已经问完了。今天 15:21 起可以再问。"
        assert (refused.card, len(worker.backend.asked)) == (None, 2)
        assert refused.row is not None
        assert refused.row.outcome.failure == FailureKind.LIMITED.value
        assert await ask(worker, 4, asked_ms=NOW_MS + MINUTE_MS) == [True]


@skipping
async def test_a_day_frees_at_midnight_in_china() -> None:
    async with limited({"scope": "bot", "questions": 1}, language="en") as worker:
        assert await ask(worker, 1) == [True]

        refused = told(await worker.answer(question(2)))

    assert refused == (
        "The limit for this bot is 1 questions a day, and they are used up. "
        "You can ask again from 00:00 tomorrow (Beijing time)."
    )


@skipping
async def test_without_limits_tablestore_is_asked_nothing_more() -> None:
    calls = []
    for limits in ((), ({"scope": "user", "questions": 10},), ({"scope": "user", "concurrent": 10},)):
        async with limited(*limits) as worker:
            await worker.answer(question(1))
            calls.append([call for call in worker.rows.calls if "counters" in call and "update" in call])

    assert calls == [[], ["update counters"], ["update counters", "update counters"]]


@skipping
async def test_what_a_wider_limit_refuses_costs_nothing_in_the_narrower_ones() -> None:
    async with limited({"scope": "user", "questions": 9}, {"scope": "bot", "questions": 1}) as worker:
        assert await ask(worker, 1, 2, 3) == [True, False, False]

        assert counted(worker) == {"user:user0001 2026-11-17": 1, "bot: 2026-11-17": 1}


@skipping
@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.QUOTA, FailureKind.BLOCKED])
async def test_a_failure_of_the_backend_gives_the_question_back(kind: FailureKind) -> None:
    async with limited({"scope": "user", "questions": 1}) as worker:
        worker.backend.parts = [BackendError(kind, "no answer", verdict=True)]
        assert await ask(worker, 1) == [False]
        worker.backend.parts = [Text("五天。")]

        assert await ask(worker, 2, 3) == [True, False]


@skipping
async def test_redeliveries_and_commands_cost_nothing() -> None:
    async with limited({"scope": "user", "questions": 2}) as worker:
        await worker.answer(question(1))
        await worker.answer(question(1), retries=1)
        for number, text in enumerate(("/stop", "/help", "/new"), start=10):
            await worker.answer(question(number, text=text))

        assert counted(worker) == {"user:user0001 2026-11-17": 1}


@skipping
async def test_a_retry_of_an_attempt_that_died_counts_once() -> None:
    async with limited({"scope": "user", "questions": 1}) as worker:
        worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (500, {"code": "system.busy"})
        worker.dingtalk.answers["/robot/sendBySession"] = (500, {})
        worker.dingtalk.answers["/v1.0/robot/oToMessages/batchSend"] = (500, {"code": "system.busy"})
        with pytest.raises(Exception, match="system"):
            await worker.answer(question(1))
        worker.dingtalk.answers.clear()

        assert told(await worker.answer(question(1), retries=1)) == "五天。"
        assert counted(worker) == {"user:user0001 2026-11-17": 1}


@skipping
async def test_a_question_that_is_given_up_costs_nothing() -> None:
    async with limited({"scope": "user", "questions": 5}) as worker:
        worker.backend.parts = [asyncio.Event()]
        dying = asyncio.create_task(worker.answer(question(1)))
        await worker.backend.called.wait()
        assert counted(worker) == {"user:user0001 2026-11-17": 1}
        dying.cancel()
        await asyncio.wait((dying,))

        await worker.give_up(question(1))

        assert counted(worker) == {"user:user0001 2026-11-17": 0}


@skipping
@pytest.mark.parametrize(("before", "costs"), [([], 0), ([Text("五")], 1)])
async def test_a_question_that_is_stopped_costs_nothing_unless_its_answer_had_begun(
    before: list[Text], costs: int
) -> None:
    async with limited({"scope": "user", "questions": 5}) as worker:
        worker.backend.parts = [*before, asyncio.Event()]
        stopping = asyncio.create_task(worker.answer(question(1)))
        await worker.backend.called.wait()
        await asyncio.sleep(1)
        assert await worker.stop(question(1)) == "stopped"
        await stopping

        assert counted(worker) == {"user:user0001 2026-11-17": costs}


@skipping
async def test_at_80_percent_the_asker_is_told_once_a_day() -> None:
    async with limited({"scope": "user", "questions": 5}) as worker:
        said = [told(await worker.answer(question(number))) for number in range(1, 6)]

    near = "五天。\n\n> 你每天最多可以问 5 个问题，已经用了 80%。"
    assert said == ["五天。", "五天。", "五天。", near, "五天。"]


@skipping
@pytest.mark.parametrize(("policy", "answered"), [("answer", True), ("refuse", False)])
async def test_while_tablestore_is_away_it_is_answered_uncounted_or_refused(
    policy: str, *, answered: bool
) -> None:
    async with limited({"scope": "user", "questions": 5, "store_away": policy}) as worker:
        worker.rows.away = True

        seen = await worker.answer(question(1))

    assert told(seen) == ("五天。" if answered else ZH.say("limit_unknown"))
    assert "ERROR limit_not_counted" in worker.log


@skipping
@pytest.mark.parametrize(("policy", "answered"), [("answer", True), ("refuse", False)])
async def test_an_asker_whose_departments_are_unknown_is_answered_or_refused(
    policy: str, *, answered: bool
) -> None:
    async with limited({"scope": "department", "questions": 5, "store_away": policy}) as worker:
        worker.departments = None

        assert (told(await worker.answer(question(1))) == "五天。") == answered


@skipping
async def test_a_department_is_counted_with_everything_below_it() -> None:
    async with limited({"scope": "department", "ids": [100], "questions": 2}) as worker:
        for chain in ((300, 100, 1), (301, 100, 1)):
            worker.departments = (chain,)
            assert await ask(worker, chain[0]) == [True]
        worker.departments = ((100, 1),)
        assert await ask(worker, 1) == [False]
        worker.departments = ((200, 1),)
        assert await ask(worker, 2) == [True]
