"""A card that is created after its question was answered by message is closed all the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import DingTalkError, QueueError, StateError
from rag_on_dingtalk.models.jobs import LateCard
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from rag_on_dingtalk.storage.turns.lease import NEVER_MS, Lease
from rag_on_dingtalk.storage.turns.outcome import CardState, Outcome
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import TEMPLATE, Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from rag_on_dingtalk.models.jobs import Job
    from tests.in_process import Seen

WITH_CARDS = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=TEMPLATE))
MESSAGES = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=None))
CREATE = "/v1.0/card/instances/createAndDeliver"
CLOSING = ("/v1.0/card/streaming", "/v1.0/card/instances")
AWAY = (503, {"code": "ServiceUnavailable", "message": "busy"})
POINTER = Texts("zh").say("see_message")


class Queue:
    """Remembers the jobs and their seconds; `takes`: whether it takes any."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Job, int]] = []
        self.takes = True

    async def put(self, job: Job, seconds: int = 0) -> None:
        if not self.takes:
            raise QueueError("Function Compute answered 500 to InvokeFunction.")
        self.jobs.append((job, seconds))


def a_worker(queue: Queue | None) -> Worker:
    """A worker of a bot with cards."""
    worker = Worker(WITH_CARDS)
    worker.queue = None if queue is None else queue.put
    worker.backend.parts = [Text("五"), Text("天。")]
    return worker


async def answered_without_knowing_of_its_card(worker: Worker) -> Seen:
    """A question whose card DingTalk may have created, and that is answered by message."""
    worker.dingtalk.answers[CREATE] = AWAY
    seen = await worker.answer(a_question(webhook=a_webhook()))
    worker.dingtalk.answers.clear()
    return seen


async def recorded(worker: Worker, outcome: Outcome, *, finished: bool) -> None:
    """Let the turn `t1` be recorded like this, with a card in the chat that is being written."""
    turns = Turns(worker.rows)  # type: ignore[arg-type]  # the same methods over a dictionary
    until_ms = NEVER_MS if finished else NOW_MS + 30_000
    await turns.write(a_question(webhook=a_webhook()), Lease("another", until_ms, attempt=1), outcome)
    worker.dingtalk.cards["t1"] = {"texts": ["五"], "finished": False}


@skipping
async def test_a_card_that_is_created_after_the_answer_is_closed_a_minute_later() -> None:
    queue = Queue()
    async with a_worker(queue).started() as worker:
        seen = await answered_without_knowing_of_its_card(worker)
        [(job, seconds)] = queue.jobs
        worker.dingtalk.cards["t1"] = {"texts": [], "finished": False}
        result = await worker.dispatcher.dispatch(job, worker.invocation())

    assert (seen.messages, seen.card) == (["五天。"], None)
    assert (job, seconds) == (LateCard("handbook", "t1"), 60)
    assert (result, worker.dingtalk.cards["t1"]["texts"]) == ("closed", [POINTER])
    assert worker.dingtalk.cards["t1"]["finished"]
    assert worker.dingtalk.messages == ["五天。"]


@skipping
async def test_a_card_that_never_comes_is_looked_for_once() -> None:
    queue = Queue()
    async with a_worker(queue).started() as worker:
        await answered_without_knowing_of_its_card(worker)
        [(job, _)] = queue.jobs
        result = await worker.dispatcher.dispatch(job, worker.invocation())

    assert (result, len(queue.jobs), worker.dingtalk.cards) == ("none", 1, {})


@skipping
async def test_a_card_that_was_there_to_be_closed_is_not_looked_for_again() -> None:
    queue = Queue()
    async with a_worker(queue).started() as worker:
        worker.dingtalk.cards["t1"] = {"texts": [], "finished": False}
        seen = await answered_without_knowing_of_its_card(worker)

    assert (seen.messages, seen.card, queue.jobs) == (["五天。"], [POINTER], [])


@pytest.mark.parametrize(
    ("outcome", "finished"),
    [
        (Outcome(card=CardState.DELIVERED), True),
        (Outcome(card=CardState.DELIVERED), False),
        (Outcome(card=CardState.UNKNOWN), False),
    ],
    ids=["the answer is on the card", "it is being written", "its owner looks after it"],
)
@skipping
async def test_a_card_of_an_owner_is_left_alone(
    outcome: Outcome,
    finished: bool,  # noqa: FBT001 - a case
) -> None:
    async with a_worker(Queue()).started() as worker:
        await recorded(worker, outcome, finished=finished)
        result = await worker.dispatcher.dispatch(LateCard("handbook", "t1"), worker.invocation())

    assert (result, worker.dingtalk.cards["t1"]["texts"]) == ("left_alone", ["五"])


@skipping
async def test_a_card_whose_turn_is_recorded_nowhere_is_left_alone() -> None:
    async with a_worker(Queue()).started() as worker:
        worker.dingtalk.cards["t1"] = {"texts": ["五天。"], "finished": True}
        result = await worker.dispatcher.dispatch(LateCard("handbook", "t1"), worker.invocation())

    assert (result, worker.dingtalk.cards["t1"]["texts"]) == ("left_alone", ["五天。"])


@skipping
async def test_a_card_that_cannot_be_closed_now_is_tried_again_by_the_retry_and_by_failed_answer() -> None:
    job = LateCard("handbook", "t1")
    async with a_worker(Queue()).started() as worker:
        await recorded(worker, Outcome(card=CardState.UNKNOWN), finished=True)
        for path in CLOSING:
            worker.dingtalk.answers[path] = AWAY
        with pytest.raises(DingTalkError):
            await worker.dispatcher.dispatch(job, worker.invocation())
        worker.rows.away = True
        with pytest.raises(StateError):
            await worker.dispatcher.dispatch(job, worker.invocation(120.0, retries=1))
        worker.rows.away = False
        worker.dingtalk.answers.clear()

        result = await worker.dispatcher.give_up(job, worker.invocation(), condition="FunctionError")

    assert (result, worker.dingtalk.cards["t1"]["finished"]) == ("closed", True)


@skipping
async def test_while_tablestore_is_away_the_job_waits_for_what_the_row_says() -> None:
    async with a_worker(Queue()).started() as worker:
        await recorded(worker, Outcome(card=CardState.UNKNOWN), finished=True)
        worker.rows.away = True
        looking = asyncio.create_task(
            worker.dispatcher.dispatch(LateCard("handbook", "t1"), worker.invocation())
        )
        await asyncio.sleep(200)
        calls = len(worker.dingtalk.calls)
        worker.rows.away = False

        assert (await looking, calls) == ("closed", 0)


@skipping
async def test_a_refusal_for_good_is_logged_and_not_tried_again() -> None:
    async with a_worker(Queue()).started() as worker:
        await recorded(worker, Outcome(card=CardState.UNKNOWN), finished=True)
        for path in CLOSING:
            worker.dingtalk.answers[path] = (400, {"code": "param.error", "message": "no"})
        result = await worker.dispatcher.dispatch(LateCard("handbook", "t1"), worker.invocation())

    assert result == "not_closed"
    assert "WARNING unknown_card_not_closed" in worker.log


@skipping
async def test_without_a_queue_the_question_is_answered_all_the_same() -> None:
    queue = Queue()
    queue.takes = False
    async with a_worker(queue).started() as refusing, a_worker(None).started() as without:
        seen = [await answered_without_knowing_of_its_card(worker) for worker in (refusing, without)]

    assert [one.result for one in seen] == ["answered", "answered"]
    assert "WARNING card_not_watched" in refusing.log
    assert "WARNING card_not_watched" not in without.log


@skipping
async def test_the_card_of_a_bot_that_is_gone_or_has_no_cards_any_more_needs_nothing() -> None:
    async with a_worker(Queue()).started() as worker:
        await recorded(worker, Outcome(card=CardState.UNKNOWN), finished=True)
        gone = await worker.dispatcher.dispatch(LateCard("former", "t1"), worker.invocation())
    async with Worker(MESSAGES).started() as worker:
        await recorded(worker, Outcome(card=CardState.UNKNOWN), finished=True)
        without = await worker.dispatcher.dispatch(LateCard("handbook", "t1"), worker.invocation())

    assert (gone, without) == ("no_such_bot", "no_cards")


@pytest.mark.parametrize("away", [False, True])
@skipping
async def test_where_tablestore_was_away_a_card_of_another_delivery_is_looked_for(
    away: bool,  # noqa: FBT001 - a case
) -> None:
    queue, goes_on = Queue(), asyncio.Event()
    async with a_worker(queue).started() as worker:
        worker.backend.parts = [Text("五"), goes_on, Text("天。")]
        worker.dingtalk.answers[CREATE] = (403, {"code": "Forbidden.AccessDenied", "message": "no scope"})
        answering = asyncio.create_task(worker.answer(a_question(webhook=a_webhook())))
        await worker.backend.called.wait()
        worker.rows.away = away
        # A renewal fails. Meanwhile another delivery answers blind, creates a card and is killed.
        await asyncio.sleep(15)
        worker.rows.away = False
        worker.dingtalk.cards["t1"] = {"texts": ["五"], "finished": False}
        goes_on.set()
        seen = await answering
        results = [await worker.dispatcher.dispatch(job, worker.invocation()) for job, _ in queue.jobs]

    assert (seen.result, seen.messages) == ("answered", ["五天。"])
    assert results == (["closed"] if away else [])
    assert worker.dingtalk.cards["t1"]["finished"] is away


@skipping
async def test_a_blind_owner_lets_a_card_be_looked_for_whose_creation_it_gave_up() -> None:
    queue = Queue()
    async with a_worker(queue).started() as worker:
        worker.rows.away = True
        worker.dingtalk.answers[CREATE] = AWAY
        with pytest.raises(StateError):
            await worker.answer(a_question(webhook=a_webhook()))

    assert [job for job, _ in queue.jobs] == [LateCard("handbook", "t1")]
