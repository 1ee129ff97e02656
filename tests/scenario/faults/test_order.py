"""Questions of one conversation are answered one at a time, in the order asked; commands jump the line."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import CardState
from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind
from tests.scenario.chat.test_main_job import TRAVEL, row
from tests.scenario.killing import Stalled, card_recorded

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from emulators.dingtalk import Card
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def closed(chat: Chat, number: int) -> list[Card]:
    """The conversation's cards in the order asked, once `number` are closed and nothing runs any more."""
    dingtalk = chat.system.dingtalk
    await dingtalk.wait_for(lambda: sum(card.closed for card in chat.conversation.cards) >= number, 600)
    await chat.system.functions.idle()
    asked = [chat.turn(message) for message in chat.conversation.messages if not message.from_robot]
    return [dingtalk.card(turn_id) for turn_id in asked]


def written(card: Card) -> tuple[float, float]:
    """When the answer's first and last words were written on the card."""
    own = [frame for frame in card.frames if not frame.text.startswith("排在第")]
    return own[0].at, own[-1].at


def overlapping(spans: list[tuple[float, float]]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The neighbours of which the later one began before the earlier one had ended."""
    return [(before, after) for before, after in itertools.pairwise(spans) if before[1] > after[0]]


def without_sources(cards: list[Card]) -> list[str]:
    """What stands on the cards that hold no whole answer."""
    return [card.text for card in cards if "来源" not in card.text]


async def test_many_questions_at_once_are_answered_in_order_one_at_a_time(
    system: LocalSystem, private: Chat
) -> None:
    await private.ask(TRAVEL)
    for number in range(8):
        await private.say(f"{TRAVEL}（第 {number} 次）")

    cards = await closed(private, 9)

    spans = [written(card) for card in cards]
    assert spans == sorted(spans)
    assert overlapping(spans) == []
    assert [(card.state, card.text) for card in cards if card.state is not CardState.FINISHED] == []
    assert without_sources(cards) == []


async def test_twenty_five_questions_at_once_in_a_group_are_all_answered_in_order(
    system: LocalSystem, sharing_group: Chat
) -> None:
    await asyncio.gather(*(sharing_group.say(f"{TRAVEL}（第 {n} 次）", person=n % 2) for n in range(25)))

    cards = await closed(sharing_group, 25)

    assert len(cards) == 25
    assert without_sources(cards) == []
    assert overlapping(sorted(written(card) for card in cards)) == []


async def test_a_waiting_card_says_where_it_stands(system: LocalSystem, private: Chat) -> None:
    stalled = Stalled(system)
    turns = [private.turn_id(await private.say(f"{TRAVEL}（第 {number} 次）")) for number in range(3)]
    dingtalk = system.dingtalk

    said = await dingtalk.wait_for(lambda: [dingtalk.card(turn).frames[0].text for turn in turns[1:]], 90)

    assert said == [texts.Texts("zh").say("waiting", place=place) for place in ("2", "3")]
    await stalled.kill(turns[0])


async def test_somebody_elses_slow_answer_holds_nobody_up(system: LocalSystem, group: Chat) -> None:
    stalled = Stalled(system)
    slow = group.turn_id(await group.say(TRAVEL, person=0))
    await stalled.begun(slow)

    fast = await group.ask(TRAVEL, person=1, settle=False)

    assert "来源" in fast.text
    assert [card.closed for card in group.conversation.cards] == [False, True]
    await stalled.kill(slow)


async def test_stop_ends_a_running_answer_and_keeps_what_was_said(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("knowledge.slow", value="0.3", count=1)
    await private.say(TRAVEL)
    (card,) = await system.dingtalk.wait_for(
        lambda: [card for card in private.conversation.cards if card.frames], 120
    )
    said_so_far = card.text

    await private.say("/stop")
    await system.dingtalk.wait_for(lambda: card.closed, 120)
    (confirmed,) = await private.replies(1)

    assert card.text.startswith(said_so_far)
    assert card.text.endswith(texts.Texts("zh").failure(FailureKind.STOPPED))
    assert confirmed.text == texts.Texts("zh").say("stopped")
    assert row(system, card.out_track_id)["failure"] == "stopped"


async def test_stop_without_a_running_answer_says_so(private: Chat) -> None:
    await private.say("/stop")

    (said,) = await private.replies(1)
    assert said.text == texts.Texts("zh").say("nothing_to_stop")


async def test_new_does_not_wait_for_a_running_answer(system: LocalSystem, private: Chat) -> None:
    stalled = Stalled(system)
    running = private.turn_id(await private.say(TRAVEL))
    await stalled.begun(running)

    await private.say("/new")
    await system.dingtalk.wait_for(lambda: any(m.from_robot for m in private.conversation.messages), 90)

    assert not system.dingtalk.card(running).closed
    await stalled.kill(running)


async def test_a_dead_head_of_the_line_is_overtaken_and_answered_afterwards(
    system: LocalSystem, private: Chat
) -> None:
    stalled = Stalled(system)
    head = private.turn_id(await private.say(f"{TRAVEL}（一）"))
    # The instance answers both: the second one, too, is answered on its card only if that is recorded.
    await card_recorded(system, private.turn_id(await private.say(f"{TRAVEL}（二）")))
    await stalled.kill(head)

    cards = await closed(private, 2)

    assert without_sources(cards) == []


async def test_the_line_is_empty_afterwards(system: LocalSystem, private: Chat) -> None:
    await private.ask(TRAVEL)

    assert system.tablestore.rows("inbox", 10_000) == []
