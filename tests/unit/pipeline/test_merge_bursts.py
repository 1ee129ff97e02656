"""Messages of one person within a moment become one question, where the bot asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.models.question import Sender
from rag_on_dingtalk.settings.bot import SessionSettings
from tests.builders import NOW_MS, a_bot, a_question
from tests.in_process import RecordingHandOver, Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question

MERGING = a_bot(session=SessionSettings(merge_seconds=2.0))


def merging_worker() -> Worker:
    worker = Worker(MERGING)
    worker.hand_over = RecordingHandOver()
    worker.backend.parts = [Text("五天。")]
    return worker


def message(number: int, text: str, after_ms: int) -> Question:
    return a_question(f"t{number}", text, asked_ms=NOW_MS + after_ms)


@skipping
async def test_messages_within_the_moment_are_asked_as_one_and_answered_once() -> None:
    burst = [message(1, "年假", 0), message(2, "入职三年", 900), message(3, "有几天？", 2_100)]
    async with merging_worker().started() as worker:
        assert {(await worker.answer(one)).result for one in burst} == {"waiting"}
        worker.skipped_ms += 2_000

        results = [(await worker.answer(one)).result for one in burst]

    assert results == ["answered", "duplicate", "duplicate"]
    assert [ask.text for ask in worker.backend.asked] == ["年假\n入职三年\n有几天？"]
    assert list(worker.dingtalk.cards) == ["t1"]
    assert worker.rows.tables["inbox"] == {}


@skipping
async def test_a_message_after_the_moment_is_a_question_of_its_own() -> None:
    async with merging_worker().started() as worker:
        first, second = message(1, "年假有几天？", 0), message(2, "病假呢？", 2_001)
        for one in (first, second):
            await worker.answer(one)
        worker.skipped_ms += 3_000
        for one in (first, second):
            await worker.answer(one)

    assert [ask.text for ask in worker.backend.asked] == ["年假有几天？", "病假呢？"]


@skipping
async def test_other_people_and_commands_are_not_waited_for() -> None:
    async with merging_worker().started() as worker:
        await worker.answer(message(1, "年假有几天？", 0))
        other = a_question("t2", "病假呢？", sender=Sender("encrypted2", "user0002"), asked_ms=NOW_MS + 100)
        await worker.answer(other)
        assert (await worker.answer(a_question("t3", "/help", asked_ms=NOW_MS + 200))).result == "answered"
        worker.skipped_ms += 2_000
        await worker.answer(message(1, "年假有几天？", 0))

    assert [ask.text for ask in worker.backend.asked] == ["年假有几天？"]


@skipping
async def test_by_default_no_message_waits() -> None:
    async with Worker().started() as worker:
        worker.hand_over = RecordingHandOver()
        worker.backend.parts = [Text("五天。")]

        assert (await worker.answer(a_question())).result == "answered"


@skipping
async def test_where_the_queue_takes_nothing_each_message_is_answered_by_itself() -> None:
    worker = merging_worker()
    assert worker.hand_over is not None
    worker.hand_over.takes = False
    async with worker.started():
        assert (await worker.answer(message(1, "年假有几天？", 0))).result == "answered"


@skipping
async def test_a_part_that_its_own_invocation_holds_is_left_to_it() -> None:
    async with merging_worker().started() as worker:
        first, second = message(1, "年假有几天？", 0), message(2, "病假呢？", 500)
        for one in (first, second):
            await worker.answer(one)
        worker.rows.tables["turns"][("t2",)]["lease_until"] = worker.now_ms + 60_000
        worker.skipped_ms += 2_000

        assert (await worker.answer(first)).result == "answered"

    assert [ask.text for ask in worker.backend.asked] == ["年假有几天？"]
