"""What a click on a card asks."""

from __future__ import annotations

import msgspec
import pytest

from rag_on_dingtalk.answering.follow_up import follow_up, is_asker
from rag_on_dingtalk.model import CardAction, Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.state.turns import Record

QUESTION = Question(
    turn_id="t1",
    bot="handbook",
    message_id="m1",
    text="年假有几天？",
    message_type="text",
    sender=Sender("encrypted", "user0001", "小明"),
    conversation=Conversation("c1", ConversationType.GROUP),
    asked_ms=1_000,
)
FINISHED = Record(owner="me", lease_until=2**53, suggestions=("病假呢？",))
RUNNING = Record(owner="me", lease_until=60_000)


def click(action: str, *, user: str = "user0001", words: str = "", at: int = 5_000) -> CardAction:
    return CardAction("handbook", "t1", action, user, at, words=words)  # type: ignore[arg-type]  # by name


def test_asking_again_is_a_new_turn_of_the_same_question() -> None:
    again = follow_up(click("retry"), QUESTION, FINISHED)

    assert again is not None
    assert again.turn_id not in ("", "t1")
    assert again.repeats == "t1"
    assert again.asked_ms == 5_000
    assert msgspec.structs.replace(again, turn_id="t1", repeats="", asked_ms=1_000) == QUESTION


def test_asking_again_twice_is_one_turn() -> None:
    first = follow_up(click("retry", at=5_000), QUESTION, FINISHED)
    second = follow_up(click("retry", at=9_000), QUESTION, FINISHED)

    assert first is not None
    assert second is not None
    assert first.turn_id == second.turn_id


def test_the_second_answer_can_be_asked_for_again_too() -> None:
    again = follow_up(click("retry"), QUESTION, FINISHED)
    assert again is not None

    third = follow_up(click("retry"), again, FINISHED)

    assert third is not None
    assert len({"t1", again.turn_id, third.turn_id}) == 3


def test_a_question_that_is_being_answered_is_not_asked_again() -> None:
    assert follow_up(click("retry"), QUESTION, RUNNING) is None


def test_only_the_asker_asks_again() -> None:
    assert follow_up(click("retry", user="user0002"), QUESTION, FINISHED) is None


def test_of_an_outsider_nobody_can_say_who_asked() -> None:
    outside = msgspec.structs.replace(QUESTION, sender=Sender("encrypted"))

    assert is_asker(click("retry", user="user0002"), outside)


def test_a_suggestion_is_asked_by_whoever_taps_it() -> None:
    mine = follow_up(click("ask", words="病假呢？"), QUESTION, FINISHED)
    theirs = follow_up(click("ask", words="病假呢？", user="user0002"), QUESTION, FINISHED)

    assert mine is not None
    assert theirs is not None
    assert (mine.text, mine.sender) == ("病假呢？", QUESTION.sender)
    assert (theirs.text, theirs.sender.staff_id) == ("病假呢？", "user0002")
    assert mine.turn_id != theirs.turn_id


@pytest.mark.parametrize("words", ["", "工资是多少？", "病假呢"])
def test_what_was_not_suggested_is_not_asked(words: str) -> None:
    assert follow_up(click("ask", words=words), QUESTION, FINISHED) is None


@pytest.mark.parametrize("action", ["like", "dislike", "stop"])
def test_other_clicks_ask_nothing(action: str) -> None:
    assert follow_up(click(action, words="病假呢？"), QUESTION, FINISHED) is None
