"""A run of golden questions: to its end over invocations, deliveries and deaths, and never two at a time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.errors import FailureKind, QueueError, StateError, TurnTakenError
from rag_on_dingtalk.evaluation.asking import BackendAsker
from rag_on_dingtalk.evaluation.keeping import run_of
from rag_on_dingtalk.evaluation.lines import read_lines
from rag_on_dingtalk.evaluation.running import evaluate
from rag_on_dingtalk.knowledge.evaluation_runs import run_columns
from rag_on_dingtalk.knowledge.evaluation_work import MOST_SLICES
from rag_on_dingtalk.settings.sections.access import Route, When
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from tests.builders import a_bot
from tests.skipping_loop import skipping
from tests.unit.worker.evaluating.running import BOT, Running

if TYPE_CHECKING:
    from rag_on_dingtalk.models.jobs import EvaluationSlice

MANY = tuple(f"问题{number}" for number in range(12))


async def killed(task: asyncio.Task[str]) -> None:
    """Its instance is gone: nothing of it goes on."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@skipping
async def test_each_question_is_asked_and_the_run_is_kept_as_the_command_line_keeps_it() -> None:
    async with Running().started() as one:
        job = await one.begin("年假", "病假")
        assert await one.deliver(job) == "done"
        (run,), work = await one.kept(), await one.work()

        assert one.backend.asked == ["年假", "病假"]
        assert (work.state, work.done, work.total) == ("done", 2, 2)
        assert (run.file, run.at_ms) == ("请假", work.ended_ms)
        assert [(route.route, route.asked, route.passed) for route in run.routes] == [("everyone", 2, 2)]


@skipping
async def test_the_row_that_is_kept_has_the_columns_of_a_run_from_the_command_line() -> None:
    async with Running().started() as one:
        one.backend.failure = FailureKind.CONFIG_AUTH
        one.backend.seconds = 2.0
        await one.deliver(await one.begin("年假"))
        (run,) = await one.kept()
        bot, (questions, _) = one.worker.settings, read_lines("年假 | 答")
        results = await evaluate(questions, BackendAsker(one.backend, bot.main_backend, bot, seconds=120))
        same = run_of({"everyone": results}, file="请假", at_ms=run.at_ms)

        assert run_columns(run) == run_columns(same)
        assert run.routes[0].p50_ms == 2_000


@skipping
async def test_what_time_does_not_suffice_for_is_handed_over_and_asked_once() -> None:
    async with Running().started() as one:
        one.backend.seconds = 60
        job: EvaluationSlice = await one.begin(*MANY)
        outcomes = [await one.deliver(job)]
        while one.queued:
            outcomes.append(await one.deliver(one.queued.pop()))

        assert outcomes[-1] == "done"
        assert set(outcomes[:-1]) == {"handed over"}
        assert sorted(one.backend.asked) == sorted(MANY)
        (run,) = await one.kept()
        assert (run.routes[0].asked, run.routes[0].passed) == (12, 12)


@skipping
async def test_progress_is_in_the_row_while_answers_are_awaited() -> None:
    async with Running().started() as one:
        one.backend.held = frozenset(MANY[5:])
        task = asyncio.ensure_future(one.deliver(await one.begin(*MANY)))
        await one.backend.begun.wait()
        # Longer than a lease: it is renewed.
        await asyncio.sleep(100)
        work = await one.work()
        assert (work.state, work.done, work.died(one.worker.now_ms)) == ("running", 5, False)
        one.backend.let_go.set()

        assert await task == "done"


@skipping
async def test_after_a_death_the_retry_waits_for_the_lease_and_asks_only_what_was_on_its_way() -> None:
    async with Running().started() as one:
        one.backend.held = frozenset(MANY[5:])
        job = await one.begin(*MANY)
        dying = asyncio.ensure_future(one.deliver(job))
        await one.backend.begun.wait()
        await asyncio.sleep(0)
        await killed(dying)
        until_ms, asked = (await one.work()).until_ms, len(one.backend.asked)
        one.backend.held = frozenset()

        assert await one.deliver(job) == "done"
        assert one.worker.now_ms > until_ms
        on_their_way = asked - 5
        assert on_their_way <= 2
        assert len(one.backend.asked) == 12 + on_their_way


@skipping
async def test_a_second_delivery_beside_the_first_asks_nothing() -> None:
    async with Running().started() as one:
        one.backend.seconds = 10
        job = await one.begin(*MANY)
        outcomes = await asyncio.gather(one.deliver(job), one.deliver(job))

        assert sorted(outcomes) == ["done", "ended"]
        assert sorted(one.backend.asked) == sorted(MANY)
        assert len(await one.kept()) == 1


@skipping
async def test_a_delivery_that_sees_the_owner_alive_to_its_end_is_tried_again() -> None:
    async with Running().started() as one:
        one.backend.held = frozenset(MANY)
        job = await one.begin(*MANY)
        first = asyncio.ensure_future(one.deliver(job))
        await one.backend.begun.wait()

        with pytest.raises(TurnTakenError):
            await one.deliver(job, seconds=60)
        one.backend.let_go.set()
        assert await first == "done"


@skipping
async def test_an_instance_that_dies_between_the_queue_and_its_row_stops_nothing() -> None:
    async with Running().started() as one:
        one.backend.seconds = 60
        job = await one.begin(*MANY)
        one.queue_answers = asyncio.Event()
        dying = asyncio.ensure_future(one.deliver(job))
        await one.queue_took.wait()
        await killed(dying)
        following = one.queued.pop()
        one.backend.seconds = 0

        assert await one.deliver(following) == "done"
        assert await one.deliver(job) == "ended"
        assert sorted(one.backend.asked) == sorted(MANY)


@skipping
async def test_a_backend_that_is_away_ends_in_a_run_with_errors() -> None:
    async with Running().started() as one:
        one.backend.failure = FailureKind.UNREACHABLE
        assert await one.deliver(await one.begin(*MANY)) == "done"
        (run,) = await one.kept()

        assert (run.routes[0].asked, run.routes[0].passed, run.routes[0].failed) == (12, 0, 12)
        assert run.routes[0].missed[0].problems[0].startswith("no whole answer: unreachable")


@skipping
async def test_stopping_ends_what_is_on_its_way_and_keeps_no_run() -> None:
    async with Running().started() as one:
        one.backend.held = frozenset(MANY[2:])
        task = asyncio.ensure_future(one.deliver(await one.begin(*MANY)))
        await one.backend.begun.wait()
        await one.stop()

        assert await task == "stopped"
        assert len(one.backend.asked) <= 4
        work = await one.work()
        assert (work.state, work.done) == ("stopped", 2)
        assert await one.kept() == []


@skipping
async def test_a_run_that_replaced_another_is_not_written_over() -> None:
    async with Running().started() as one:
        one.backend.held = frozenset(MANY[2:])
        old = asyncio.ensure_future(one.deliver(await one.begin(*MANY)))
        await one.backend.begun.wait()
        await one.stop()
        new = await one.begin("年假", run="r2")
        one.backend.let_go.set()

        assert await old == "stopped"
        assert ((await one.work()).run, (await one.work()).done) == ("r2", 0)
        assert await one.deliver(new) == "done"
        assert len(await one.kept()) == 1


@skipping
async def test_a_queue_that_refuses_the_rest_leaves_it_to_the_retry() -> None:
    async with Running().started() as one:
        one.backend.seconds = 60
        job = await one.begin(*MANY)
        one.queue_takes = False
        with pytest.raises(QueueError):
            await one.deliver(job)
        work = await one.work()
        assert (work.state, work.owner, work.number) == ("running", "", 0)
        one.backend.seconds, asked = 0, len(one.backend.asked)

        assert await one.deliver(job) == "done"
        assert len(one.backend.asked) == 12 >= asked


@skipping
async def test_what_function_compute_gives_up_has_failed_unless_it_goes_on() -> None:
    async with Running().started() as one:
        job = await one.begin(*MANY)
        assert await one.give_up(job) == "failed"
        work = await one.work()
        assert (work.state, work.reason) == ("failed", "given_up")
        assert await one.deliver(job) == "ended"

        later = await one.begin(*MANY, run="r2")
        assert await one.give_up(job) == "ended"
        assert await one.deliver(later) == "done"
        assert await one.give_up(later) == "ended"
        assert (await one.work()).state == "done"


@skipping
async def test_a_write_that_tablestore_does_not_take_at_first_is_repeated() -> None:
    async with Running().started() as one:
        one.backend.held = frozenset(MANY[11:])
        task = asyncio.ensure_future(one.deliver(await one.begin(*MANY)))
        await one.backend.begun.wait()
        one.worker.rows.away = True
        one.backend.let_go.set()
        await asyncio.sleep(1)
        one.worker.rows.away = False

        assert await task == "done"
        assert len(one.backend.asked) == 12


@skipping
async def test_while_tablestore_is_away_for_long_nothing_is_asked_and_nothing_is_lost() -> None:
    async with Running().started() as one:
        one.backend.held = frozenset(MANY[6:])
        job = await one.begin(*MANY)
        task = asyncio.ensure_future(one.deliver(job))
        await one.backend.begun.wait()
        one.worker.rows.away = True
        with pytest.raises(StateError):
            await task
        one.worker.rows.away = False
        asked = len(one.backend.asked)
        one.backend.held = frozenset()

        assert await one.deliver(job) == "done"
        assert len(one.backend.asked) <= asked + 8
        assert (await one.kept())[0].routes[0].passed == 12


@skipping
async def test_two_routes_are_asked_and_a_route_that_is_gone_ends_the_run_with_a_reason() -> None:
    base = AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="handbook")
    bot = a_bot(
        backend=None,
        backends={"general": base, "next": base},
        routes=(
            Route(name="canary", use="next", when=When(percent=10)),
            Route(name="everyone", use="general"),
        ),
    )
    async with Running(bot).started() as one:
        assert await one.deliver(await one.begin("年假", routes=("canary", "everyone"))) == "done"
        (run,) = await one.kept()
        assert [(route.route, route.asked) for route in run.routes] == [("canary", 1), ("everyone", 1)]
        assert one.backend.asked == ["年假"]

        assert await one.deliver(await one.begin("年假", run="r2", routes=("gone",))) == "failed"
        assert (await one.work()).reason == "settings"


@skipping
async def test_no_log_line_holds_a_question_or_an_answer() -> None:
    async with Running().started() as one:
        one.backend.failure, one.backend.words = FailureKind.UNREACHABLE, "问题1"
        await one.deliver(await one.begin(*MANY))

        assert not any("问题" in str(line) or "答" in str(line) for line in one.worker.lines)


@skipping
async def test_an_answer_that_cannot_be_read_is_one_error_and_not_the_end() -> None:
    async with Running().started() as one:
        one.backend.unreadable = MANY[3]
        assert await one.deliver(await one.begin(*MANY)) == "done"
        (run,) = await one.kept()

        assert (run.routes[0].asked, run.routes[0].passed, run.routes[0].failed) == (12, 11, 1)


@skipping
async def test_a_run_that_is_handed_over_again_and_again_ends_and_says_why() -> None:
    async with Running().started() as one:
        one.backend.seconds = 60
        job = await one.begin(*MANY, number=MOST_SLICES - 1)

        assert await one.deliver(job) == "failed"
        work = await one.work()
        assert (work.state, work.reason, one.queued) == ("failed", "too_long", [])


@skipping
async def test_an_invocation_with_no_time_for_an_answer_asks_nothing_and_hands_over() -> None:
    async with Running().started() as one:
        job = await one.begin(*MANY)

        assert await one.deliver(job, seconds=10) == "handed over"
        assert one.backend.asked == []
        assert await one.deliver(one.queued.pop()) == "done"


@skipping
async def test_an_old_delivery_of_a_slice_that_was_handed_over_asks_nothing() -> None:
    async with Running().started() as one:
        one.backend.seconds = 60
        job = await one.begin(*MANY)
        assert await one.deliver(job) == "handed over"
        asked = list(one.backend.asked)

        assert await one.deliver(job) == "ended"
        assert (one.backend.asked, (await one.work()).number) == (asked, 1)


@skipping
async def test_an_instance_that_dies_after_keeping_the_run_leaves_one_run() -> None:
    async with Running().started() as one:
        job = await one.begin("年假")
        await one.deliver(job)
        # The last write is lost.
        assert await one.rows.change(BOT, {"state": "running"}, same={"state": "done"})
        await asyncio.sleep(60)

        assert await one.deliver(job) == "done"
        assert len(await one.kept()) == 1
        assert one.backend.asked == ["年假"]
