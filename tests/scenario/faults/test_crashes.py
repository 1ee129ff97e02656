"""kill -9 at the worst moments: the retry continues, the person sees one card that closes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE
from emulators.dingtalk import CardState
from rag_on_dingtalk import texts
from rag_on_dingtalk.storage.sdk import tablestore
from tests.scenario.chat.test_main_job import TRAVEL, row
from tests.scenario.conftest import times_finished
from tests.scenario.killing import Stalled, card_recorded, column, kill_every_attempt, until

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("seconds", ["0", "0.02", "0.05", "0.1", "0.2"])
async def test_a_killed_answer_is_finished_once_and_leaves_no_card_open(
    system: LocalSystem, private: Chat, seconds: str
) -> None:
    system.faults.switch_on("knowledge.slow", value="0.01")
    system.faults.switch_on("function_compute.kill_during", value=seconds, count=1)

    await private.say(TRAVEL)
    await system.functions.idle()

    cards = private.conversation.cards
    assert all(card.closed for card in cards)
    # A card whose delivery was not recorded before the kill is not relied on: the answer is a message.
    (_,) = [text for text in (*(card.text for card in cards), *said(private)) if "来源" in text]
    for card in cards:
        assert card.state is CardState.FINISHED
        assert times_finished(card) == 1
    ours = {card.out_track_id for card in cards}
    assert [v.rule for v in system.dingtalk.ledger.violations if v.out_track_id in ours] == []


async def test_an_answer_that_dies_on_its_recorded_card_is_finished_on_it(
    system: LocalSystem, private: Chat
) -> None:
    stalled = Stalled(system)
    await stalled.kill(private.turn_id(await private.say(TRAVEL)))
    await system.functions.idle()

    (card,) = private.conversation.cards
    assert card.state is CardState.FINISHED
    assert "来源" in card.text
    assert said(private) == []
    assert times_finished(card) == 1


def said(chat: Chat) -> list[str]:
    """The robot's messages."""
    return [message.text for message in chat.conversation.messages if message.from_robot]


async def test_an_answer_that_was_claimed_without_tablestore_is_continued_as_soon(
    system: LocalSystem, private: Chat
) -> None:
    # Chaos found it: the record came later, with a lease as long as the function may run.
    system.faults.switch_on("tablestore.away", count=9)
    system.faults.switch_on("dingtalk.card_undelivered", count=1)
    system.faults.switch_on("knowledge.stall", value="30", count=1)
    turn_id = private.turn_id(await private.say(TRAVEL))
    # A card without a record proves nothing, so the row that comes says of none that it was delivered.
    await until(lambda: column(system, turn_id, "owner") is not None, "the blind answer is recorded")
    system.functions.kill_instance("rag-on-dingtalk-async-answer")

    (said,) = await private.replies(1)

    assert "来源" in said.text


def _long_since_abandoned(system: LocalSystem, turn_id: str) -> None:
    """Let the question's lease have ended so long ago that Function Compute retries it no more."""
    (entry,) = [one for one in system.tablestore.rows("inbox", 10_000) if one["turn_id"] == turn_id]
    client = tablestore.OTSClient(system.tablestore.url, ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE)
    key = [(name, entry[name]) for name in ("session_id", "asked_ms", "turn_id")]
    client.update_row("inbox", tablestore.Row(key, {"put": [("lease_until", 1)]}), None)


async def test_a_reply_that_was_ready_is_not_asked_for_again(system: LocalSystem, private: Chat) -> None:
    asked = len(system.knowledge.requests)
    # The final frame is refused so often that the attempt gives up; the answer itself was already there.
    system.faults.switch_on("dingtalk.away", count=None)
    outcome = await private.say(TRAVEL)
    await system.dingtalk.wait_for(lambda: len(system.knowledge.requests) > asked, 120)
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

    turn_id = private.turn_id(await private.say(TRAVEL))
    await kill_every_attempt(system, turn_id)
    await system.functions.idle()

    (card,) = private.conversation.cards
    assert card.state is CardState.FAILED
    assert card.text == texts.Texts("zh").say("given_up", question=TRAVEL)
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
    await card_recorded(system, turn_id)
    # Every attempt to answer, and every attempt to say that there is no answer.
    system.faults.switch_on("dingtalk.away")
    system.faults.switch_on("function_compute.kill_during", value="0.1")
    system.functions.kill_instance("rag-on-dingtalk-async-answer")
    await system.functions.idle()
    (card,) = private.conversation.cards
    assert not card.closed
    system.faults.switch_off()
    await asyncio.to_thread(_long_since_abandoned, system, turn_id)

    async def tidy_until_closed() -> None:
        # The dead owner's lease must be over.
        while not card.closed:
            system.functions.fire_timer("rag-on-dingtalk-housekeeping")
            await system.functions.idle()

    await asyncio.wait_for(tidy_until_closed(), 90)

    assert card.text == texts.Texts("zh").say("given_up", question=TRAVEL)
    assert system.tablestore.rows("inbox", 10_000) == []
