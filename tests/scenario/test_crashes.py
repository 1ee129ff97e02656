"""kill -9 at the worst moments: the retry continues, the person sees one card that closes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from local.dingtalk import CardState
from rag_on_dingtalk import messages
from tests.scenario.test_main_job import TRAVEL, row

if TYPE_CHECKING:
    from local.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("seconds", ["0", "0.02", "0.05", "0.1", "0.2"])
async def test_a_killed_answer_is_finished_on_the_same_card(
    system: LocalSystem, private: Chat, seconds: str
) -> None:
    system.faults.switch_on("knowledge.slow", value="0.01")
    system.faults.switch_on("function_compute.kill_during", value=seconds, count=1)

    card = await private.ask(TRAVEL)

    assert [card] == private.conversation.cards
    assert card.state is CardState.FINISHED
    assert "来源" in card.text
    assert sum(frame.kind == "finalize" for frame in card.frames) == 1
    assert [v.rule for v in system.dingtalk.ledger.violations if v.out_track_id == card.out_track_id] == []


async def test_an_answer_that_was_claimed_without_tablestore_is_continued_as_soon(
    system: LocalSystem, private: Chat
) -> None:
    # Chaos found it: the record came later, with a lease as long as the function may run.
    system.faults.switch_on("tablestore.away", count=3)
    system.faults.switch_on("dingtalk.card_undelivered", count=1)
    system.faults.switch_on("knowledge.stall", value="30", count=1)
    turn_id = private.turn_id(await private.say(TRAVEL))
    while _status(system, turn_id) != "card_out":  # noqa: ASYNC110 - a row has no event of its own
        await asyncio.sleep(0.01)
    system.functions.kill_instance("rag-on-dingtalk-async-answer")

    (said,) = await private.replies(1)

    assert "来源" in said.text


def _status(system: LocalSystem, turn_id: str) -> object:
    rows = system.tablestore.rows("turns", 10_000)
    return next((one["status"] for one in rows if one["turn_id"] == turn_id), None)


async def test_a_reply_that_was_ready_is_not_asked_for_again(system: LocalSystem, private: Chat) -> None:
    asked = len(system.knowledge.requests)
    # The final frame is refused so often that the attempt gives up; the answer itself was already there.
    system.faults.switch_on("dingtalk.away", count=None)
    outcome = await private.say(TRAVEL)
    await system.dingtalk.wait_for(lambda: len(system.knowledge.requests) > asked, 20)
    await system.dingtalk.wait_for(
        lambda: any(task.attempts > 1 for task in system.functions.tasks()[-1:]) or None, 20
    )
    system.faults.switch_off("dingtalk.away")
    await system.functions.idle()

    assert outcome.delivered
    assert len(system.knowledge.requests) == asked + 1
    assert row(system, private.turn_id(outcome))["status"] == "done"


async def test_a_question_that_kills_every_attempt_is_given_back_to_its_asker(
    system: LocalSystem, private: Chat
) -> None:
    system.faults.switch_on("knowledge.stall", value="30")
    # The first attempt and both retries.
    system.faults.switch_on("function_compute.kill_during", value="0.1", count=3)

    card = await private.ask(TRAVEL)

    assert private.conversation.cards == [card]
    assert card.state is CardState.FAILED
    assert card.text == messages.Texts("zh").say("given_up", question=TRAVEL)
    assert row(system, card.out_track_id)["status"] == "failed"


async def test_without_any_card_the_question_is_given_back_by_message(
    system: LocalSystem, private: Chat
) -> None:
    system.faults.switch_on("dingtalk.card_refused")
    system.faults.switch_on("knowledge.stall", value="30")
    system.faults.switch_on("function_compute.kill_during", value="0.1", count=3)

    await private.say(TRAVEL)
    (said,) = await private.replies(1)

    assert said.text.endswith(f"> {TRAVEL}")


async def test_housekeeping_closes_what_nobody_came_back_for(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("knowledge.stall", value="30")
    turn_id = private.turn_id(await private.say(TRAVEL))
    await system.dingtalk.wait_for(lambda: system.dingtalk.card(turn_id), 20)
    # Every attempt to answer, and every attempt to say that there is no answer.
    system.faults.switch_on("dingtalk.away")
    system.faults.switch_on("function_compute.kill_during", value="0.1")
    system.functions.kill_instance("rag-on-dingtalk-async-answer")
    await system.functions.idle()
    (card,) = private.conversation.cards
    assert not card.closed
    system.faults.switch_off()

    async def tidy_until_closed() -> None:
        # The dead owner's lease must be over for long enough.
        while not card.closed:
            system.functions.fire_timer("rag-on-dingtalk-housekeeping")
            await system.functions.idle()

    await asyncio.wait_for(tidy_until_closed(), 30)

    assert card.text == messages.Texts("zh").say("given_up", question=TRAVEL)
    assert system.tablestore.rows("inbox", 10_000) == []
