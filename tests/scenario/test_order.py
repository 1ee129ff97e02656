"""Questions of one conversation are answered one at a time, in the order asked; commands jump the line."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from local.dingtalk import CardState
from rag_on_dingtalk import messages
from rag_on_dingtalk.errors import FailureKind
from tests.scenario.test_main_job import TRAVEL, row

if TYPE_CHECKING:
    from local.dingtalk import Card
    from local.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def closed(chat: Chat, number: int) -> list[Card]:
    """The conversation's cards in the order asked, once so many are closed and nothing runs any more."""
    dingtalk = chat.system.dingtalk
    await dingtalk.wait_for(lambda: sum(card.closed for card in chat.conversation.cards) >= number, 150)
    await chat.system.functions.idle()
    asked = [chat.turn(message) for message in chat.conversation.messages if not message.from_robot]
    return [dingtalk.card(turn_id) for turn_id in asked]


def written(card: Card) -> tuple[float, float]:
    """When the answer's first and last words were written on the card."""
    own = [frame for frame in card.frames if not frame.text.startswith("排在第")]
    return own[0].at, own[-1].at


async def test_many_questions_at_once_are_answered_in_order_one_at_a_time(
    system: LocalSystem, private: Chat
) -> None:
    await private.ask(TRAVEL)
    for number in range(8):
        await private.say(f"{TRAVEL}（第 {number} 次）")

    cards = await closed(private, 9)

    spans = [written(card) for card in cards]
    assert spans == sorted(spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert all(card.state is CardState.FINISHED and "来源" in card.text for card in cards)


async def test_fifty_questions_at_once_in_a_group_are_all_answered_in_order(
    system: LocalSystem, sharing_group: Chat
) -> None:
    await asyncio.gather(*(sharing_group.say(f"{TRAVEL}（第 {n} 次）", person=n % 2) for n in range(50)))

    cards = await closed(sharing_group, 50)

    asked = {message.text: message.sent_at for message in sharing_group.conversation.messages}
    assert len(asked) == 50
    assert all("来源" in card.text for card in cards)
    spans = sorted(written(card) for card in cards)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


async def test_a_waiting_card_says_where_it_stands(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("knowledge.slow", value="0.02", count=1)
    for number in range(3):
        await private.say(f"{TRAVEL}（第 {number} 次）")

    _, second, third = await closed(private, 3)

    assert second.frames[0].text == messages.Texts("zh").say("waiting", place="2")
    assert third.frames[0].text == messages.Texts("zh").say("waiting", place="3")


async def test_somebody_elses_slow_answer_holds_nobody_up(system: LocalSystem, group: Chat) -> None:
    system.faults.switch_on("knowledge.stall", value="2", count=1)
    await group.say(TRAVEL, person=0)
    await system.dingtalk.wait_for(lambda: group.conversation.cards, 20)

    fast = await group.ask(TRAVEL, person=1, settle=False)

    assert "来源" in fast.text
    assert [card.closed for card in group.conversation.cards] == [False, True]


async def test_stop_ends_a_running_answer_and_keeps_what_was_said(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("knowledge.slow", value="0.3", count=1)
    await private.say(TRAVEL)
    (card,) = await system.dingtalk.wait_for(
        lambda: [card for card in private.conversation.cards if card.frames], 20
    )
    said_so_far = card.text

    await private.say("/stop")
    await system.dingtalk.wait_for(lambda: card.closed, 20)
    (confirmed,) = await private.replies(1)

    assert card.text.startswith(said_so_far)
    assert card.text.endswith(messages.Texts("zh").failure(FailureKind.STOPPED))
    assert confirmed.text == messages.Texts("zh").say("stopped")
    assert row(system, card.out_track_id)["failure"] == "stopped"


async def test_stop_without_a_running_answer_says_so(private: Chat) -> None:
    await private.say("/stop")

    (said,) = await private.replies(1)
    assert said.text == messages.Texts("zh").say("nothing_to_stop")


async def test_new_does_not_wait_for_a_running_answer(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("knowledge.stall", value="2", count=1)
    await private.say(TRAVEL)
    (card,) = await system.dingtalk.wait_for(lambda: private.conversation.cards, 20)

    await private.say("/new")
    await system.dingtalk.wait_for(lambda: any(m.from_robot for m in private.conversation.messages), 20)

    assert not card.closed


async def test_a_dead_head_of_the_line_is_overtaken_and_answered_afterwards(
    system: LocalSystem, private: Chat
) -> None:
    system.faults.switch_on("knowledge.stall", value="30", count=1)
    system.faults.switch_on("function_compute.kill_during", value="0.1", count=1)
    await private.say(f"{TRAVEL}（一）")
    await private.say(f"{TRAVEL}（二）")

    cards = await closed(private, 2)

    assert all("来源" in card.text for card in cards)


async def test_the_line_is_empty_afterwards(system: LocalSystem, private: Chat) -> None:
    await private.ask(TRAVEL)

    assert system.tablestore.rows("inbox", 10_000) == []
