"""What a click on a card asks."""

from __future__ import annotations

import msgspec
import pytest

from rag_on_dingtalk.models.jobs import CardAction
from rag_on_dingtalk.models.question import Sender
from rag_on_dingtalk.storage.turns.lease import NEVER_MS, Lease
from rag_on_dingtalk.worker.follow_up import follow_up, is_asker
from tests.builders import a_question, a_row

QUESTION = a_question(group=True, asked_ms=1_000)
FINISHED = a_row(QUESTION, Lease("me", NEVER_MS), suggestions=("病假呢？",))
RUNNING = a_row(QUESTION)


def click(action: str, *, user: str = "user0001", words: str = "", at: int = 5_000) -> CardAction:
    return CardAction("handbook", "t1", action, user, at, words=words)  # type: ignore[arg-type]  # by name


def test_asking_again_is_a_new_turn_of_the_same_question() -> None:
    again = follow_up(click("retry"), FINISHED)

    assert again is not None
    assert again.turn_id not in ("", "t1")
    assert again.repeats == "t1"
    assert again.asked_ms == 5_000
    assert msgspec.structs.replace(again, turn_id="t1", repeats="", asked_ms=1_000) == QUESTION


def test_asking_again_twice_is_one_turn() -> None:
    first = follow_up(click("retry", at=5_000), FINISHED)
    second = follow_up(click("retry", at=9_000), FINISHED)

    assert first is not None
    assert second is not None
    assert first.turn_id == second.turn_id


def test_the_second_answer_can_be_asked_for_again_too() -> None:
    again = follow_up(click("retry"), FINISHED)
    assert again is not None

    third = follow_up(click("retry"), msgspec.structs.replace(FINISHED, question=again))

    assert third is not None
    assert len({"t1", again.turn_id, third.turn_id}) == 3


def test_a_question_that_is_being_answered_is_not_asked_again() -> None:
    assert follow_up(click("retry"), RUNNING) is None


def test_only_the_asker_asks_again() -> None:
    assert follow_up(click("retry", user="user0002"), FINISHED) is None


def test_any_click_counts_as_the_askers_when_the_asker_has_no_staff_id() -> None:
    outside = msgspec.structs.replace(QUESTION, sender=Sender("encrypted"))

    assert is_asker(click("retry", user="user0002"), outside)


def test_a_suggestion_is_asked_by_the_person_who_taps_it() -> None:
    mine = follow_up(click("ask", words="病假呢？"), FINISHED)
    theirs = follow_up(click("ask", words="病假呢？", user="user0002"), FINISHED)

    assert mine is not None
    assert theirs is not None
    assert (mine.text, mine.sender) == ("病假呢？", QUESTION.sender)
    assert (theirs.text, theirs.sender.staff_id) == ("病假呢？", "user0002")
    assert mine.turn_id != theirs.turn_id


@pytest.mark.parametrize("words", ["", "工资是多少？", "病假呢"])
def test_what_was_not_suggested_is_not_asked(words: str) -> None:
    assert follow_up(click("ask", words=words), FINISHED) is None


@pytest.mark.parametrize("action", ["like", "dislike", "stop"])
def test_other_clicks_ask_nothing(action: str) -> None:
    assert follow_up(click(action, words="病假呢？"), FINISHED) is None
