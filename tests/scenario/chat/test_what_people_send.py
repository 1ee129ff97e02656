"""Quotes, mentions, forwarded records and other people's messages, from DingTalk to the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import CardState
from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE
from rag_on_dingtalk import texts

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZH = texts.Texts("zh")
QUESTION = "年假有几天？"


def asked(system: LocalSystem) -> str:
    """What the backend was asked last."""
    return system.knowledge.requests[-1].question or ""


async def test_the_words_of_a_quote_reach_the_backend(system: LocalSystem, group: Chat) -> None:
    quoted = (await group.say("年假按工龄算", person=1, to_robot=False)).message

    card = await group.ask("那病假呢？", quote=quoted)

    assert card.state is CardState.FINISHED
    assert asked(system) == "> 年假按工龄算\n\n那病假呢？"


async def test_a_quoted_question_and_a_mention_are_the_question(system: LocalSystem, group: Chat) -> None:
    quoted = (await group.say(QUESTION, person=1, to_robot=False)).message

    card = await group.ask("", quote=quoted)

    assert card.state is CardState.FINISHED
    assert asked(system) == QUESTION


async def test_a_quoted_picture_and_a_mention_ask_about_the_picture(system: LocalSystem, group: Chat) -> None:
    quoted = (await group.say("", person=1, pictures=[SAMPLE_PICTURE], to_robot=False)).message

    downloads = system.dingtalk.ledger.calls_to("POST /v1.0/robot/messageFiles/download")
    before = len(downloads)

    card = await group.ask("", quote=quoted)

    assert card.state is CardState.FINISHED
    assert asked(system) == ZH.say("about_picture")
    downloads = system.dingtalk.ledger.calls_to("POST /v1.0/robot/messageFiles/download")
    assert len(downloads) == before + 1


async def test_a_quote_that_cannot_be_read_is_told_to_the_backend(system: LocalSystem, private: Chat) -> None:
    quoted = (await private.say("一段录像", kind="video")).message

    await private.ask("说的是什么？", quote=quoted)

    assert asked(system) == f"> {ZH.say('quote_mark')}\n\n说的是什么？"


async def test_a_quote_that_cannot_be_read_and_nothing_else_is_told_to_the_person(private: Chat) -> None:
    quoted = (await private.say("一段录像", kind="video")).message
    await private.replies(1)

    await private.say("", quote=quoted)

    assert (await private.replies(2))[-1].text == ZH.say("quote_not_read")


async def test_a_person_who_is_mentioned_stays_in_the_question_by_name(
    system: LocalSystem, group: Chat
) -> None:
    other = group.people[1]

    await group.ask(f"请问 @{other.nick} 的年假有几天？")

    # DingTalk's side sends the staff id alone.
    assert asked(system) == f"请问 @{other.nick} 的年假有几天？"


async def test_a_reply_to_the_bots_own_card_brings_back_what_was_answered(
    system: LocalSystem, group: Chat
) -> None:
    card = await group.ask(QUESTION)

    await group.ask("那病假呢？", quote=card)

    asked_before = ZH.say("quoted_question", question=QUESTION)
    assert asked(system).startswith(f"> {asked_before}\n> ")
    assert asked(system).endswith("\n\n那病假呢？")


async def test_a_forwarded_record_is_asked_line_by_line(system: LocalSystem, group: Chat) -> None:
    said = [(await group.say(text, person=1, to_robot=False)).message for text in ("年假呢", "病假呢")]
    nick = group.people[1].nick

    await group.ask("转来的记录", forward=said)

    assert asked(system) == f"转来的记录\n{nick}:年假呢\n{nick}:病假呢"


async def test_what_people_say_to_each_other_is_left_alone(system: LocalSystem, group: Chat) -> None:
    before = len(system.knowledge.requests)

    await group.say("中午吃什么？", to_robot=False)
    await group.ask(QUESTION)

    assert len(system.knowledge.requests) == before + 1
    assert len(group.conversation.cards) == 1


@pytest.mark.parametrize("text", ["／ｎｅｗ", "\u200b/new\u200b", "/new。", "@员工手册助手 /new"])
async def test_a_command_is_carried_out_however_it_is_typed(private: Chat, text: str) -> None:
    await private.say(text)

    assert (await private.replies(1))[-1].text == ZH.say("new_session")


async def test_help_offers_questions_that_are_asked_with_a_tap(
    system: LocalSystem, sharing_group: Chat
) -> None:
    card = await sharing_group.ask("")

    example = card.variables["suggestion1"]
    assert example in system.bots.bots["team"].examples
    # Commands that this person's roles have may stand between them.
    assert [line for line in ZH.say("help", title="团队助手").splitlines() if line not in card.text] == []
    cards = len(sharing_group.conversation.cards)
    await system.dingtalk.click(
        card, person=sharing_group.people[1], action_id="ask", params={"action": "ask", "question": example}
    )
    await system.dingtalk.wait_for(lambda: len(sharing_group.conversation.cards) > cards, 90.0)
    await system.functions.idle()
    # The backend itself may not be asked: others have had the answer before.
    assert sharing_group.conversation.cards[cards].question == example
