"""More people ask at once than DingTalk takes calls: each of them has a sign in time, and calls are saved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question
from rag_on_dingtalk.settings.sections.dingtalk import Budget, DingTalkApp
from rag_on_dingtalk.storage.turns.outcome import CardState
from rag_on_dingtalk.texts import Texts
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import TEMPLATE, Seen, Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot

CROWDED = Texts("zh").say("crowded")
CREATE = "POST /v1.0/card/instances/createAndDeliver"
STREAM = "PUT /v1.0/card/streaming"


def bot_with(*, card_wait_seconds: float | None = 4.0, calls_per_second: int = 2) -> Bot:
    budget = Budget(
        monthly_calls=None, calls_per_second=calls_per_second, card_wait_seconds=card_wait_seconds
    )
    app = DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=TEMPLATE, budget=budget)
    return a_bot(dingtalk=app, streaming="final")


def crowd(people: int, *, webhook: bool = True) -> list[Question]:
    return [
        a_question(
            f"t{n}",
            conversation=Conversation(f"c{n}", ConversationType.ONE_TO_ONE),
            webhook=a_webhook() if webhook else None,
        )
        for n in range(people)
    ]


async def ask(worker: Worker, questions: list[Question]) -> list[Seen]:
    return await asyncio.gather(*(worker.answer(question) for question in questions))


@skipping
async def test_who_would_wait_too_long_for_a_card_is_told_at_once_and_answered_by_message() -> None:
    async with Worker(bot_with()).started() as worker:
        slow = asyncio.Event()
        worker.backend.parts = [slow, Text("五天。")]
        asked = asyncio.ensure_future(ask(worker, crowd(14)))
        # Eight cards fit into four seconds; the others are told before a second is over.
        await asyncio.sleep(0.5)
        told = worker.dingtalk.messages.count(CROWDED)
        slow.set()
        seen = await asked

    assert told == 14 - 8
    assert worker.dingtalk.messages.count("五天。") == 14 - 8
    assert [one.result for one in seen] == ["answered"] * 14
    assert all(card["finished"] and card["texts"][-1] == "五天。" for card in worker.dingtalk.cards.values())
    assert len(worker.dingtalk.cards) == 8


@pytest.mark.parametrize(("webhook", "card_wait_seconds"), [(False, 4.0), (True, None)])
def test_who_cannot_be_told_or_is_set_to_wait_waits_for_a_card(
    *, webhook: bool, card_wait_seconds: float | None
) -> None:
    @skipping
    async def run() -> None:
        async with Worker(bot_with(card_wait_seconds=card_wait_seconds)).started() as worker:
            worker.backend.parts = [Text("五天。")]
            await ask(worker, crowd(14, webhook=webhook))

        assert len(worker.dingtalk.cards) == 14
        assert worker.dingtalk.messages == []

    run()


@skipping
async def test_a_card_that_waits_until_the_answer_is_there_is_created_with_it_in_one_call() -> None:
    async with Worker(bot_with()).started() as worker:
        worker.backend.parts = [Text("五天。")]
        seen = await ask(worker, crowd(6))

    assert all(one.finished and one.card == ["五天。"] for one in seen)
    assert worker.dingtalk.calls.count(CREATE) == 6
    # The first two cards had left before anything was known.
    assert worker.dingtalk.calls.count(STREAM) == 2
    assert [row and row.outcome.card for row in (one.row for one in seen)] == [CardState.DELIVERED] * 6


@skipping
async def test_what_a_card_is_created_with_is_recorded_before() -> None:
    async with Worker(bot_with(calls_per_second=1)).started() as worker:
        worker.backend.parts = [Text("五天。")]
        first, second = crowd(2)
        asked = asyncio.ensure_future(ask(worker, [first, second]))
        await asyncio.sleep(0.5)
        row = await worker.row(second.turn_id)
        stood = second.turn_id in worker.dingtalk.cards
        await asked

    assert not stood
    assert row is not None
    assert (row.outcome.parts, row.outcome.sent) == (("五天。",), 0)


@skipping
async def test_an_answer_too_long_for_a_new_card_keeps_its_position_and_is_streamed() -> None:
    long = "字" * 2_000
    async with Worker(bot_with()).started() as worker:
        worker.backend.parts = [Text(long)]
        seen = await ask(worker, crowd(6))

    assert all(one.finished and one.card == [long] for one in seen)
    assert worker.dingtalk.calls.count(STREAM) == 6
