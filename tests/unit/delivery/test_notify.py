"""The asker in a group is told once that an answer which took long is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import BackendError, DingTalkError, FailureKind
from rag_on_dingtalk.models.question import Conversation, ConversationType, Sender
from rag_on_dingtalk.settings.sections.dingtalk import Budget, DingTalkApp
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import CardState, Outcome, Timings
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import TEMPLATE, Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.bot import Bot

READY = f"@user0001\n\n{Texts('zh').say('answer_ready')}"
WEBHOOK_PATH = "/robot/sendBySession"


def bot(*, budget: Budget | None = None, **more: Any) -> Bot:
    app = DingTalkApp(client_id="ding1", client_secret="env:S", card=TEMPLATE, budget=budget or Budget())
    return a_bot(dingtalk=app, **more)


def slow(seconds: float = 40.0, **more: Any) -> Question:
    """A question in a group that was asked this long ago."""
    return a_question(
        group=True, **{"asked_ms": NOW_MS - int(seconds * 1000), "webhook": a_webhook(), **more}
    )


async def told(question: Question, settings: Bot | None = None) -> list[str]:
    """The messages beside the card."""
    async with Worker(settings or bot()).started() as worker:
        worker.backend.parts = [Text("五天。")]
        seen = await worker.answer(question)
    assert (seen.result, seen.row and seen.row.lease.finished) == ("answered", True)
    return seen.messages


@skipping
async def test_the_asker_is_mentioned_when_the_card_is_finished_late() -> None:
    async with Worker(bot()).started() as worker:
        worker.backend.parts = [Text("五天。")]

        seen = await worker.answer(slow())

    assert (seen.card and seen.card[-1], seen.finished) == ("五天。", True)
    assert seen.messages == [READY]
    # After the last frame: the card is finished when the asker looks.
    assert worker.dingtalk.calls[-1] == f"POST {WEBHOOK_PATH}"
    assert seen.row is not None
    assert seen.row.outcome.timings.notified >= 40_000
    assert (seen.row.outcome.channel, seen.row.outcome.calls) == ("card", len(worker.dingtalk.calls) - 2)


@skipping
async def test_a_bot_may_mention_sooner_or_never() -> None:
    assert await told(slow(4), bot(notify_after_seconds=3)) == [READY]
    assert await told(slow(4), bot(notify_after_seconds=5)) == []
    assert await told(slow(4_000), bot(notify_after_seconds=0)) == []


@pytest.mark.parametrize(
    "question",
    [
        slow(20),
        slow(conversation=Conversation("c1", ConversationType.ONE_TO_ONE)),
        slow(sender=Sender("encrypted")),
        slow(webhook=None),
        slow(webhook=msgspec.structs.replace(a_webhook(), expires_ms=NOW_MS - 1)),
    ],
    ids=["in time", "in private", "from outside", "no webhook", "the webhook is over"],
)
@skipping
async def test_nothing_is_said_beside_the_card(question: Question) -> None:
    assert await told(question) == []


@skipping
async def test_an_answer_by_the_webhook_has_mentioned_the_asker_already() -> None:
    settings = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:S", card=None))

    assert await told(slow(), settings) == ["@user0001\n\n五天。"]


@skipping
async def test_the_rest_of_a_long_answer_has_mentioned_the_asker_already() -> None:
    async with Worker(bot()).started() as worker:
        worker.backend.parts = [Text("年假按工龄计算。\n\n" * 700)]
        seen = await worker.answer(slow())

    assert seen.finished
    assert seen.messages
    assert READY not in seen.messages


@skipping
async def test_a_failure_is_told_as_well_because_the_asker_waits_for_it() -> None:
    async with Worker(bot()).started() as worker:
        worker.backend.parts = [BackendError(FailureKind.TIMEOUT, "slow")]
        seen = await worker.answer(slow())

    assert seen.messages == [READY]


@skipping
async def test_a_webhook_that_is_refused_is_not_followed_by_the_openapi() -> None:
    async with Worker(bot()).started() as worker:
        worker.backend.parts = [Text("五天。")]
        worker.dingtalk.answers[WEBHOOK_PATH] = (200, {"errcode": 300001, "errmsg": "session 不存在"})

        seen = await worker.answer(slow())

    assert (seen.result, seen.messages) == ("answered", [])
    assert not [call for call in worker.dingtalk.calls if call.startswith("POST /v1.0/robot/")]


async def _resumed(outcome: Outcome) -> list[str]:
    """The messages of the retry after an invocation that died when its record was this."""
    async with Worker(bot()).started() as worker:
        question = slow()
        turns = Turns(worker.rows)  # type: ignore[arg-type]  # the same methods over a dictionary
        worker.dingtalk.cards[question.turn_id] = {"texts": ["五天。"], "finished": True}
        await turns.write(question, Lease("dead", NOW_MS - 60_000), outcome)
        seen = await worker.answer(question, retries=1)
    assert seen.result == "answered"
    return seen.messages


@skipping
async def test_a_retry_after_the_last_frame_tells_only_an_asker_who_was_not_told() -> None:
    finished = Outcome(card=CardState.DELIVERED, parts=("五天。",), sent=1, answer="五天。", channel="card")

    assert await _resumed(finished) == [READY]
    assert await _resumed(msgspec.structs.replace(finished, timings=Timings(notified=41_000))) == []


@skipping
async def test_it_is_recorded_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[int] = []
    async with Worker(bot()).started() as worker:
        worker.backend.parts = [Text("五天。")]

        async def _sent(*_: object, **__: object) -> None:
            row = await worker.row("t1")
            recorded.append(row.outcome.timings.notified if row else -1)
            raise DingTalkError("unreachable", "no answer")

        monkeypatch.setattr("rag_on_dingtalk.delivery.reply_sender.send_by_webhook", _sent)
        await worker.answer(slow())

    assert [one >= 40_000 for one in recorded] == [True]
