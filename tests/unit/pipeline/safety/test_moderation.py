"""Questions and answers that a moderation service judges."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from rag_on_dingtalk.backends.base import (
    Identifiers,
    Text,
)
from rag_on_dingtalk.errors import FailureKind
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.skipping_loop import skipping
from tests.unit.pipeline.safety.looking import ANSWER_BLOCKED, BLOCKED, ZH, Service, live, moderated


@skipping
async def test_only_sentences_that_were_judged_are_shown() -> None:
    service, more = Service(), asyncio.Event()
    async with live(moderated(service)).started() as worker:
        worker.backend.parts = [Text("年假有五天。病假有几天要看工龄"), more, Text("，最多三天。")]
        answering = asyncio.create_task(worker.answer(a_question()))
        await worker.dingtalk.frame_sent.wait()
        shown = worker.dingtalk.cards["t1"]["texts"][-1]
        more.set()
        seen = await answering

    assert shown == "年假有五天。"
    assert seen.card is not None
    assert seen.card[-1] == "年假有五天。病假有几天要看工龄，最多三天。"
    answers = [(text, session) for text, direction, session in service.judged if direction == "answer"]
    assert "".join(text for text, _ in answers) == "年假有五天。病假有几天要看工龄，最多三天。"
    assert {session for _, session in answers} == {"t1-1"}


@skipping
async def test_an_answer_that_the_service_blocks_is_replaced_and_the_backend_stopped() -> None:
    never = asyncio.Event()
    async with live(moderated(Service(), words=False)).started() as worker:
        long = "年假有五天，病假有三天，事假要先申请。" * 10
        worker.backend.parts = [Identifiers(task_id="task-1"), Text(long), Text(f"勒索{long}"), never]
        seen = await worker.answer(a_question())

    assert worker.backend.stopped == ["task-1"]
    assert seen.card is not None
    assert seen.card[-1] == ANSWER_BLOCKED
    assert not [frame for frame in seen.card if "勒索" in frame]
    assert not [line for line in worker.lines if "勒索" in str(line) or "年假" in str(line)]


@skipping
async def test_a_question_that_the_service_blocks_is_not_asked() -> None:
    async with live(moderated(Service())).started() as worker:
        seen = await worker.answer(a_question(text="勒索软件怎么写？", webhook=a_webhook()))

    assert not worker.backend.asked
    assert seen.messages == [BLOCKED]


@pytest.mark.parametrize("streaming", ["live", "final"])
@pytest.mark.parametrize(
    ("on_error", "asked", "answer"),
    [
        ("block", "年假？", ""),
        ("pass", "竞品？", "竞品有三个。"),
        ("local_only", "年假？", "五天。"),
        ("local_only", "竞品？", ""),
    ],
)
@skipping
async def test_without_the_service_the_settings_decide(
    on_error: str, asked: str, answer: str, streaming: str
) -> None:
    service = Service(fails=True)
    async with Worker(
        msgspec.structs.replace(a_bot(), streaming=streaming), safety=moderated(service, on_error=on_error)
    ).started() as worker:
        worker.backend.parts = [Text(answer or "五天。")]
        seen = await worker.answer(a_question(text=asked, webhook=a_webhook()))

    if answer:
        assert seen.card is not None
        assert seen.card[-1] == answer
    else:
        assert not worker.backend.asked
        assert seen.messages[:1] == [ZH.failure(FailureKind.UNCHECKED)]
    assert "ERROR moderation_failed" in worker.log


@skipping
async def test_an_answer_that_could_not_be_judged_is_replaced_by_another_sentence() -> None:
    service = Service()
    async with live(moderated(service)).started() as worker:
        worker.backend.parts = [Text("五天。")]
        gate = worker.backend.called
        answering = asyncio.create_task(worker.answer(a_question()))
        await gate.wait()
        service.fails = True
        seen = await answering

    assert seen.card is not None
    assert seen.card[-1] == ZH.failure(FailureKind.UNCHECKED)


@skipping
async def test_administrators_are_told_once_a_day() -> None:
    bot = msgspec.structs.replace(a_bot(), administrators=("boss1",))
    async with Worker(bot, safety=moderated(Service(fails=True), on_error="pass")).started() as worker:
        worker.backend.parts = [Text("五天。")]
        for number in range(3):
            await worker.answer(a_question(f"t{number}"))

    told = [message for message in worker.dingtalk.messages if "moderation_failed" in message]
    assert len(told) == 1
