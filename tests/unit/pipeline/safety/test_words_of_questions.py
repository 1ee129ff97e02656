"""Sensitive words on their way in: what the backend is asked, what is kept, what is logged."""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.backends.base import (
    Text,
)
from rag_on_dingtalk.models.question import Attachment, Quote
from rag_on_dingtalk.safety.text.normaliser import MASK
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.skipping_loop import skipping
from tests.unit.pipeline.safety.looking import BLOCKED, worker_that_looks


@skipping
async def test_a_question_with_a_blocked_word_reaches_no_backend_and_no_card() -> None:
    async with worker_that_looks().started() as worker:
        seen = await worker.answer(a_question(text="哪里可以赌 博？", webhook=a_webhook()))

    assert not worker.backend.asked
    assert seen.card is None
    assert seen.messages == [BLOCKED]
    assert seen.row is not None
    assert seen.row.outcome.failure == "blocked"


@skipping
async def test_the_log_names_rules_and_a_fingerprint_but_no_word() -> None:
    async with worker_that_looks().started() as worker:
        await worker.answer(a_question(text="竞品的赌博业务", webhook=a_webhook()))

    (line,) = [line for line in worker.lines if line["message"] == "words_found"]
    assert line["rules"] == "w.txt:3,w.txt:2"
    assert (line["direction"], line["strictest"]) == ("question", "block")
    assert not [line for line in worker.lines if "赌" in str(line) or "竞品" in str(line)]


@skipping
async def test_a_masked_word_reaches_neither_the_backend_nor_the_card_nor_the_session() -> None:
    quote = Quote(text="上次说的天狼星计划")
    question = a_question(text="天狼星计划何时开始？")
    question = msgspec.structs.replace(question, quote=quote)
    async with worker_that_looks().started() as worker:
        worker.backend.parts = [Text("下周。")]
        await worker.answer(question)

    asked = worker.backend.asked[0].text
    assert "天狼星" not in asked
    assert asked.count(MASK) == 10
    assert "天狼星" not in str(worker.rows.tables["sessions"])


@skipping
async def test_a_word_that_only_warns_changes_nothing() -> None:
    async with worker_that_looks().started() as worker:
        worker.backend.parts = [Text("竞品有三个。")]
        seen = await worker.answer(a_question(text="竞品有几个？"))

    assert worker.backend.asked[0].text == "竞品有几个？"
    assert seen.card is not None
    assert seen.card[-1] == "竞品有三个。"
    assert [line["direction"] for line in worker.lines if line["message"] == "words_found"] == [
        "question",
        "answer",
    ]


@skipping
async def test_a_file_that_is_only_named_by_the_bot_is_masked() -> None:
    question = msgspec.structs.replace(
        a_question(text="", message_type="file", webhook=a_webhook()),
        attachments=(Attachment(kind="file", code="c", name="天狼星计划.pdf"),),
    )
    async with worker_that_looks().started() as worker:
        seen = await worker.answer(question)

    assert "天狼星" not in str(seen.messages)


@skipping
async def test_a_question_that_is_given_up_is_quoted_with_its_words_masked() -> None:
    async with worker_that_looks().started() as worker:
        seen = await worker.give_up(a_question(text="天狼星计划和赌博", webhook=a_webhook()))

    said = str((seen.card, seen.messages))
    assert MASK * 5 in said
    assert "赌博" not in said


@skipping
async def test_dates_are_explained_to_the_backend_alone() -> None:
    async with Worker(msgspec.structs.replace(a_bot(), explain_dates=True)).started() as worker:
        worker.backend.parts = [Text("可以。")]
        seen = await worker.answer(a_question(text="明天可以请假吗？"))

    assert "明天（=20" in worker.backend.asked[0].text
    assert seen.row is not None
    assert seen.row.question.text == "明天可以请假吗？"
