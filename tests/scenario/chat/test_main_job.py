"""A question's whole way through real processes: push → callback → queue → answer → card → Tablestore."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import CardState
from rag_on_dingtalk import texts
from tests.scenario.conftest import times_finished

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRAVEL = "最新的差旅报销标准是什么？"
FOLLOW_UP = "那一线城市的住宿呢？"


def row(system: LocalSystem, turn_id: str) -> dict[str, object]:
    return next(row for row in system.tablestore.rows("turns", 10_000) if row["turn_id"] == turn_id)


def sessions_asked(system: LocalSystem) -> list[str | None]:
    """The sessionId of every question the knowledge server was asked, oldest first."""
    return [request.session_id for request in system.knowledge.requests if request.question]


async def test_a_question_is_answered_on_a_card_with_its_sources(private: Chat) -> None:
    card = await private.ask(TRAVEL)

    assert card.state is CardState.FINISHED
    assert "差旅" in card.text
    assert "**来源**" in card.text
    assert "差旅报销标准（2026" in card.text.split("**来源**")[1]


async def test_the_card_grows_one_frame_at_a_time_and_ends_with_the_whole_answer(
    system: LocalSystem, private: Chat
) -> None:
    # Long enough for the card to be there before the answer: else it is created with the whole answer in it.
    system.faults.switch_on("knowledge.slow", value="0.03", count=1)

    card = await private.ask(TRAVEL)

    assert [frame.kind for frame in card.frames if frame.kind != "text"] == ["finalize"]
    assert card.frames[-1].kind == "finalize"
    assert system.dingtalk.ledger.most_in_flight(card.out_track_id) == 1
    assert [v for v in system.dingtalk.ledger.violations if v.out_track_id == card.out_track_id] == []


async def test_the_callback_answers_dingtalk_with_nothing_to_say(private: Chat) -> None:
    outcome = await private.say(TRAVEL)

    assert (outcome.status, json.loads(outcome.body)) == (200, {"msgtype": "empty"})


async def test_the_turn_is_recorded(system: LocalSystem, private: Chat) -> None:
    card = await private.ask(TRAVEL)

    turn = row(system, card.out_track_id)
    assert tuple(turn[column] for column in ("status", "channel", "failure", "question")) == (
        "done",
        "card",
        "",
        TRAVEL,
    )
    assert len(system.dingtalk.ledger.calls_for(card.out_track_id)) == turn["calls"]
    assert json.loads(str(turn["citations"]))


async def test_a_follow_up_is_answered_in_the_same_session(system: LocalSystem, private: Chat) -> None:
    await private.ask(TRAVEL)
    follow_up = await private.ask(FOLLOW_UP)

    first, second = sessions_asked(system)[-2:]
    assert first == second
    assert "住宿" in follow_up.text


async def test_new_starts_a_session_that_knows_nothing(system: LocalSystem, private: Chat) -> None:
    await private.ask(TRAVEL)
    await private.say("/new")
    (said,) = await private.replies(1)
    await private.ask(FOLLOW_UP)

    first, second = sessions_asked(system)[-2:]
    assert first != second
    assert "新的会话" in said.text


async def test_help_explains_without_asking_anybody(system: LocalSystem, private: Chat) -> None:
    asked = len(system.knowledge.requests)
    await private.say("/help")
    (said,) = await private.replies(1)

    assert "员工手册助手" in said.text
    assert asked == len(system.knowledge.requests)


async def test_two_people_in_a_group_do_not_share_context(system: LocalSystem, group: Chat) -> None:
    await group.ask(TRAVEL, person=0)
    await group.ask(FOLLOW_UP, person=1)

    first, second = sessions_asked(system)[-2:]
    assert first != second


async def test_a_bot_may_give_the_group_one_context(system: LocalSystem, sharing_group: Chat) -> None:
    await sharing_group.ask(TRAVEL, person=0)
    follow_up = await sharing_group.ask(FOLLOW_UP, person=1)

    first, second = sessions_asked(system)[-2:]
    assert first == second
    assert "住宿" in follow_up.text


async def test_in_a_group_the_asker_is_notified(group: Chat) -> None:
    card = await group.ask(TRAVEL, person=1)

    assert (group.people[1].staff_id,) == card.at_user_ids


async def test_a_message_delivered_three_times_has_one_card(system: LocalSystem, private: Chat) -> None:
    card = await private.ask(TRAVEL, times=3)

    assert [card] == private.conversation.cards
    assert times_finished(card) == 1
    created = [c for c in system.dingtalk.ledger.calls_for(card.out_track_id) if "createAndDeliver" in c.api]
    assert len(created) == 1


async def test_voice_and_rich_text_are_questions_too(private: Chat) -> None:
    for kind in ("audio", "richText"):
        await private.say(TRAVEL, kind=kind)
    dingtalk = private.system.dingtalk
    await dingtalk.wait_for(lambda: [card.closed for card in private.conversation.cards] == [True, True], 120)

    assert [card.text for card in private.conversation.cards if "来源" not in card.text] == []


async def test_what_no_backend_can_read_is_answered_with_what_can_be(private: Chat) -> None:
    await private.say("", kind="video")

    (said,) = await private.replies(1)
    assert "请用文字再问一次" in said.text


async def test_a_question_the_documents_do_not_answer_gets_the_refusal_and_no_sources(private: Chat) -> None:
    card = await private.ask("qzxv wlkj 的颜色？")

    assert card.state is CardState.FINISHED
    assert card.text == texts.Texts("zh").say("nothing_found")
