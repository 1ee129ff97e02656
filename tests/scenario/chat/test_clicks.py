"""What people tap on a card, through the signed callback, the queue and Tablestore."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import CardState
from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind
from tests.scenario.chat.test_main_job import TRAVEL, row
from tests.scenario.killing import kill_every_attempt

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from emulators.dingtalk import Card, Push
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZH = texts.Texts("zh")


async def tap(chat: Chat, card: Card, action: str, *, person: int = 0, **params: str) -> Push:
    return await chat.system.dingtalk.click(
        card, person=chat.people[person], action_id=action, params={"action": action, **params}
    )


async def card_of(chat: Chat, number: int) -> Card:
    await chat.system.dingtalk.wait_for(lambda: len(chat.conversation.cards) >= number, 90)
    card = chat.conversation.cards[number - 1]
    await chat.system.dingtalk.wait_for(lambda: card.closed, 90)
    return card


def verdicts(system: LocalSystem, card: Card) -> dict[str, bool]:
    rows = system.tablestore.rows("feedback", 10_000)
    return {one["user"]: one["liked"] for one in rows if one["turn_id"] == card.out_track_id}


async def test_stop_ends_a_running_answer_and_keeps_what_has_arrived(
    system: LocalSystem, private: Chat
) -> None:
    system.faults.switch_on("knowledge.slow", value="1")
    await private.say(TRAVEL)
    await system.dingtalk.wait_for(lambda: private.conversation.cards, 90)
    card = private.conversation.cards[0]
    await system.dingtalk.wait_for(lambda: card.text, 90)

    push = await tap(private, card, "stop")
    await system.dingtalk.wait_for(lambda: card.closed, 90)

    assert push.error == ""
    assert card.seen_by(private.people[0].staff_id)["stopping"] == "true"
    assert card.text.endswith(ZH.failure(FailureKind.STOPPED))
    assert len(card.text) > len(ZH.failure(FailureKind.STOPPED)) + 4


async def test_nobody_else_stops_it(system: LocalSystem, group: Chat) -> None:
    system.faults.switch_on("knowledge.slow", value="0.02")
    await group.say(TRAVEL)
    await system.dingtalk.wait_for(lambda: group.conversation.cards, 90)

    await tap(group, group.conversation.cards[0], "stop", person=1)
    card = await card_of(group, 1)

    assert "来源" in card.text


async def test_a_failed_question_is_asked_again_with_one_tap(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("knowledge.empty")
    failed = await private.ask(TRAVEL)
    system.faults.switch_off("knowledge.empty")

    await asyncio.gather(*(tap(private, failed, "retry") for _ in range(3)))
    again = await card_of(private, 2)
    await system.functions.idle()

    assert failed.state is CardState.FAILED
    assert again.state is CardState.FINISHED
    assert again.question == TRAVEL
    assert "来源" in again.text
    assert private.conversation.cards == [failed, again]
    assert row(system, again.out_track_id)["status"] == "done"


async def test_a_question_that_was_given_up_can_be_asked_again(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("knowledge.stall", value="30")
    await kill_every_attempt(system, private.turn_id(await private.say(TRAVEL)))
    failed = await card_of(private, 1)
    await system.functions.idle()
    system.faults.switch_off("knowledge.stall")

    await tap(private, failed, "retry")

    assert "来源" in (await card_of(private, 2)).text


async def test_a_second_try_that_dies_is_given_back_too(system: LocalSystem, private: Chat) -> None:
    first = await private.ask(TRAVEL)
    system.faults.switch_on("knowledge.stall", value="30")

    await tap(private, first, "retry")
    await system.dingtalk.wait_for(lambda: len(private.conversation.cards) > 1, 90)
    turn_id = private.conversation.cards[1].out_track_id
    await kill_every_attempt(system, turn_id)
    again = await card_of(private, 2)

    assert again.text == ZH.say("given_up", question=TRAVEL)


async def test_a_verdict_is_kept_shown_to_its_giver_and_may_be_changed(
    system: LocalSystem, group: Chat
) -> None:
    card = await group.ask(TRAVEL)
    me, other = (person.staff_id for person in group.people[:2])

    await tap(group, card, "like")
    await tap(group, card, "like", person=1)
    await system.functions.idle()
    assert verdicts(system, card) == {me: True, other: True}

    await tap(group, card, "dislike", reason="内容过时")
    await system.functions.idle()

    assert verdicts(system, card) == {me: False, other: True}
    assert card.seen_by(me)["feedback"] == "dislike"
    assert card.seen_by(other)["feedback"] == "like"


async def test_a_click_on_a_card_that_is_not_ours_does_nothing(system: LocalSystem, private: Chat) -> None:
    card = await private.ask(TRAVEL)
    card.out_track_id, ours = "t" + "0" * 31, card.out_track_id
    try:
        await tap(private, card, "retry")
        await tap(private, card, "like")
        await system.functions.idle()
        assert verdicts(system, card) == {}
    finally:
        card.out_track_id = ours

    assert private.conversation.cards == [card]


async def test_an_event_is_noted_once_however_often_it_comes(system: LocalSystem, private: Chat) -> None:
    before = sum("user_leave_org" in entry.line for entry in system.log)
    fields = {"userId": ["user0009"]}
    for _ in range(3):
        push = await system.dingtalk.push_event(private.robot, "user_leave_org", fields, event_id="evtLeave1")
        assert push.error == ""
    await system.functions.idle()

    lines = [e.line for e in system.log if '"user_leave_org"' in e.line and "async" in e.function]
    assert len(lines) - before == 1
