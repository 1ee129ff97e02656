"""Questions of one conversation are answered one at a time, and waiting holds no invocation."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.question import Conversation, ConversationType
from rag_on_dingtalk.storage.turns.outcome import Status
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_question, a_webhook
from tests.in_process import RecordingHandOver, Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.in_process import Seen

ZH = Texts("zh")


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[Worker, RecordingHandOver, asyncio.Event, asyncio.Task[Seen]]]:
    """A worker that answers the question `t1` until the event is set."""
    worker, gate, hand_over = Worker(), asyncio.Event(), RecordingHandOver()
    worker.hand_over = hand_over
    async with worker.started():
        worker.backend.parts = [Text("五"), gate, Text("天。")]
        first = asyncio.create_task(worker.answer(a_question("t1")))
        await asyncio.sleep(2)
        yield worker, hand_over, gate, first


@skipping
async def test_a_question_that_must_wait_is_queued_again_and_its_invocation_ends() -> None:
    async with answering() as (worker, hand_over, gate, first):
        second = await worker.answer(a_question("t2", asked_ms=NOW_MS + 1))
        assert (second.result, hand_over.later_calls) == ("waiting", [("t2", 60)])
        assert second.card == [ZH.say("waiting", place="2")]
        assert second.row is not None
        assert (second.row.outcome.status, second.row.lease.until_ms) == (Status.WAITING, 0)
        # The call that will close the card stays counted: other answers cannot spend it meanwhile.
        assert second.row.outcome.set_aside_in
        gate.set()
        await first

        assert hand_over.woken == ["t2"]
        worker.backend.parts = [Text("六天。")]
        again = await worker.answer(a_question("t2", asked_ms=NOW_MS + 1))

    assert (again.result, again.card and again.card[-1], again.finished) == ("answered", "六天。", True)
    assert worker.rows.tables["inbox"] == {}


@skipping
async def test_a_hundred_questions_of_one_conversation_hold_no_invocation_of_another() -> None:
    async with answering() as (worker, hand_over, gate, first):
        waiting = [
            await worker.answer(a_question(f"t{number}", asked_ms=NOW_MS + number))
            for number in range(2, 102)
        ]
        assert {seen.result for seen in waiting} == {"waiting"}
        # A card each would take the calls of other people's answers.
        assert sum(seen.card is not None for seen in waiting) <= 5
        other = asyncio.create_task(
            worker.answer(a_question("other", conversation=Conversation("c2", ConversationType.ONE_TO_ONE)))
        )
        gate.set()
        assert (await other).result == "answered"
        await first

    assert hand_over.woken == ["t2"]


@skipping
async def test_an_answer_that_ends_while_the_next_question_looks_is_not_missed() -> None:
    async with answering() as (worker, hand_over, gate, first):
        gate.set()
        second = asyncio.create_task(worker.answer(a_question("t2", asked_ms=NOW_MS + 1)))
        await first
        result = (await second).result

    # It was answered here, or it left and the first answer woke it.
    assert result == "answered" or hand_over.woken == ["t2"]


@skipping
async def test_a_question_that_the_queue_does_not_take_waits_in_its_invocation() -> None:
    async with answering() as (worker, hand_over, gate, first):
        hand_over.takes = False
        second = asyncio.create_task(worker.answer(a_question("t2", asked_ms=NOW_MS + 1)))
        await asyncio.sleep(5)
        assert not second.done()
        gate.set()
        await first

        assert (await second).result == "answered"


@skipping
async def test_a_renewal_does_not_lose_the_mark_of_a_waiting_question() -> None:
    async with answering() as (worker, hand_over, gate, first):
        await worker.answer(a_question("t2", asked_ms=NOW_MS + 1))
        # Two renewals of the running answer come after the mark.
        await asyncio.sleep(25)
        gate.set()
        await first

    assert hand_over.woken == ["t2"]


@skipping
async def test_stopping_a_waiting_question_wakes_it_to_say_so() -> None:
    async with answering() as (worker, hand_over, gate, first):
        waiting = a_question("t2", asked_ms=NOW_MS + 1, webhook=a_webhook())
        await worker.answer(waiting)
        session = next(iter(worker.rows.tables["inbox"]))[0]
        assert session
        worker.dingtalk.calls.clear()
        await worker.stop(waiting)
        assert hand_over.woken == ["t2"]

        seen = await worker.answer(waiting)
        gate.set()
        await first

    assert seen.card is not None
    assert seen.card[-1] == ZH.failure(FailureKind.STOPPED)
