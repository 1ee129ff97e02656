"""One question through the whole worker while Tablestore is away: who answers it, and what is made good."""

from __future__ import annotations

import asyncio

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import StateError, TurnTakenError
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from rag_on_dingtalk.storage.turns.outcome import Status
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import TEMPLATE, Worker
from tests.skipping_loop import skipping

WITH_CARDS = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=TEMPLATE))
MESSAGES = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=None))
ANSWER = [Text("五"), Text("天。")]
POINTER = Texts("zh").say("see_message")


@skipping
async def test_the_first_attempt_answers_while_tablestore_is_away() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.rows.away = True

        seen = await worker.answer(a_question(), seconds=60.0)

    assert (seen.result, seen.card and seen.card[-1]) == ("answered", "五天。")
    assert "ERROR claimed_without_tablestore" in worker.log


@pytest.mark.parametrize("back_after", [quarters / 4 for quarters in range(33)])
@skipping
async def test_two_deliveries_to_one_process_give_one_answer_whenever_tablestore_returns(
    back_after: float,
) -> None:
    async with Worker(WITH_CARDS).started() as worker:
        going_on = asyncio.Event()
        worker.backend.parts = [ANSWER[0], going_on, ANSWER[1]]
        worker.rows.away = True

        async def _weather() -> None:
            await asyncio.sleep(back_after)
            worker.rows.away = False
            await asyncio.sleep(8.0)
            going_on.set()

        *results, _ = await asyncio.gather(
            worker.answer(a_question(webhook=a_webhook())),
            worker.answer(a_question(webhook=a_webhook())),
            _weather(),
        )

    assert sorted(seen.result for seen in results) == ["answered", "duplicate"]
    assert (results[0].card and results[0].card[-1], results[0].messages) == ("五天。", [])
    assert len(worker.backend.asked) == 1


@skipping
async def test_a_delivery_gives_up_waiting_for_an_earlier_one_before_its_own_end() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [ANSWER[0], asyncio.Event()]
        first = asyncio.create_task(worker.answer(a_question(), seconds=300.0))
        await worker.backend.called.wait()

        with pytest.raises(TurnTakenError, match="earlier delivery"):
            await worker.answer(a_question(), seconds=20.0)

        await first


@skipping
async def test_a_card_of_a_blind_owner_that_died_is_closed_though_the_retry_may_have_none() -> None:
    refusal = {"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "message": "no scope"}
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        # Nothing is recorded of it.
        worker.dingtalk.cards["t1"] = {"texts": [], "finished": False}
        worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (403, refusal)

        seen = await worker.answer(a_question(asked_ms=worker.now_ms - 4_000, webhook=a_webhook()), retries=1)

    assert (seen.messages, seen.card, seen.finished) == (["五天。"], [POINTER], True)


@skipping
async def test_that_there_is_no_card_to_close_is_no_error() -> None:
    refusal = {"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "message": "no scope"}
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (403, refusal)

        seen = await worker.answer(a_question(asked_ms=worker.now_ms - 4_000, webhook=a_webhook()))

    assert (seen.result, seen.messages, seen.card) == ("answered", ["五天。"], None)
    assert not any("card_not_closed" in line for line in worker.log)


@skipping
async def test_a_blind_owner_that_is_refused_a_card_leaves_the_one_of_the_turns_owner_alone() -> None:
    refusal = {"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "message": "no scope"}
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.rows.away = True
        worker.dingtalk.cards["t1"] = {"texts": ["五天。"], "finished": True}
        worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (403, refusal)

        seen = await worker.answer(a_question(webhook=a_webhook()), seconds=60.0)

    assert (seen.result, seen.card) == ("answered", ["五天。"])


@pytest.mark.parametrize("card", [False, True])
@skipping
async def test_a_reply_that_a_dead_owner_kept_from_being_recorded_is_recorded_when_its_lease_has_ended(
    card: bool,  # noqa: FBT001 - a case
) -> None:
    async with Worker(MESSAGES).started() as worker:
        worker.backend.parts = [*ANSWER]
        # Killed with its row, and perhaps with a card, just before Tablestore went away.
        dead = Turns(worker.rows)  # type: ignore[arg-type]  # the same methods over a dictionary
        question = a_question(webhook=a_webhook())
        await dead.claim(question, owner="dead", now_ms=worker.now_ms, until_ms=worker.now_ms + 1, grace_ms=0)
        if card:
            worker.dingtalk.cards["t1"] = {"texts": [], "finished": False}
        worker.rows.away = True
        blind = asyncio.create_task(worker.answer(question, seconds=60.0))
        while not worker.dingtalk.messages:  # noqa: ASYNC110 - in skipped time
            await asyncio.sleep(1)
        worker.rows.away = False
        first = await blind

        again = await worker.answer(question, retries=1)

    assert (first.result, again.result) == ("answered", "duplicate")
    assert again.messages == ["五天。"]
    assert len(worker.backend.asked) == 1
    assert again.row is not None
    assert (again.row.lease.finished, again.row.outcome.status) == (True, Status.DONE)


@pytest.mark.parametrize("reason", ["retry", "old", "given up", "card there"])
@skipping
async def test_no_other_attempt_answers_without_tablestore(reason: str) -> None:
    question = a_question(asked_ms=NOW_MS - 60_000) if reason == "old" else a_question()
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.rows.away = True
        if reason == "card there":
            refusal = {"code": "param.cardAlreadyExist", "message": "exists"}
            worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (400, refusal)

        attempt = (
            worker.give_up(question, seconds=8.0)
            if reason == "given up"
            else worker.answer(question, seconds=8.0, retries=int(reason == "retry"))
        )
        with pytest.raises(StateError):
            await attempt

    assert worker.dingtalk.messages == []
    assert not any("streaming" in call for call in worker.dingtalk.calls)
