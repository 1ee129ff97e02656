"""What was sent without words goes with the next question, once, and not for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.conversations.waiting import add, may_wait, taken, told, waiting_for
from rag_on_dingtalk.models.question import (
    Attachment,
    Conversation,
    ConversationType,
    Question,
    Quote,
    Sender,
)
from rag_on_dingtalk.storage.conversations.sessions import Session, fresh_session
from rag_on_dingtalk.texts import Texts

MINUTES = 10.0
LATER_MS = 600_000
PICTURE = Attachment("picture", "dc1")
FILE = Attachment("file", "dc2", "假.pdf")


def question(
    turn_id: str = "t1", *, group: bool = False, repeats: str = "", quote: Quote | None = None
) -> Question:
    return Question(
        turn_id=turn_id,
        bot="b",
        message_id="m",
        text="",
        message_type="picture",
        sender=Sender("s"),
        conversation=Conversation("c", ConversationType.GROUP if group else ConversationType.ONE_TO_ONE),
        asked_ms=0,
        repeats=repeats,
        quote=quote,
    )


def session(*attachments: Attachment, at: int = 0) -> Session:
    return add(fresh_session("s", 0), attachments, at, MINUTES)


@pytest.mark.parametrize(
    ("asked", "attachments", "minutes", "waits"),
    [
        (question(), (PICTURE,), MINUTES, True),
        (question(), (FILE,), MINUTES, True),
        (question(), (), MINUTES, False),
        (question(), (PICTURE,), 0.0, False),
        (question(group=True), (PICTURE,), MINUTES, False),
        (question(repeats="t0"), (PICTURE,), MINUTES, False),
        (question(quote=Quote("[图片1]", "picture")), (PICTURE,), MINUTES, False),
    ],
)
def test_only_a_picture_by_itself_in_a_private_chat_waits(
    asked: Question, attachments: tuple[Attachment, ...], minutes: float, *, waits: bool
) -> None:
    assert may_wait(asked, attachments, minutes) is waits


def test_what_waits_goes_with_the_next_question_and_its_repetition_and_no_other() -> None:
    waiting = session(PICTURE, FILE)
    assert waiting_for(waiting, question("t1"), 0, 1, MINUTES) == (PICTURE, FILE)

    after = taken(waiting, question("t1"))

    assert waiting_for(after, question("t2"), 0, 1, MINUTES) == ()
    assert waiting_for(after, question("t3", repeats="t1"), 0, 1, MINUTES) == (PICTURE, FILE)
    assert waiting_for(after, question("t1"), 0, 1, MINUTES) == (PICTURE, FILE)


def test_what_has_gone_with_a_question_is_not_claimed_by_the_next() -> None:
    after = taken(taken(session(PICTURE), question("t1")), question("t2"))

    assert waiting_for(after, question("t3", repeats="t1"), 0, 1, MINUTES) == (PICTURE,)


@pytest.mark.parametrize(("now_ms", "goes"), [(LATER_MS - 1, (PICTURE,)), (LATER_MS, ()), (LATER_MS * 9, ())])
def test_it_waits_so_long_and_no_longer(now_ms: int, goes: tuple[Attachment, ...]) -> None:
    assert waiting_for(session(PICTURE), question(), 0, now_ms, MINUTES) == goes


@given(
    sent=st.lists(st.integers(0, 2 * LATER_MS), max_size=12),
    own=st.integers(0, 9),
    now_ms=st.integers(0, 3 * LATER_MS),
)
def test_never_more_than_one_question_can_carry_and_the_newest_first_kept(
    sent: list[int], own: int, now_ms: int
) -> None:
    kept = fresh_session("s", 0)
    for number, at in enumerate(sorted(sent)):
        kept = add(kept, (Attachment("picture", str(number)),), at, MINUTES)

    goes = waiting_for(kept, question(), own, now_ms, MINUTES)

    assert len(kept.waiting) <= 6
    assert own + len(goes) <= max(6, own)
    codes = [int(one.code) for one in goes]
    assert codes == sorted(codes)


def test_the_person_is_told_in_one_line() -> None:
    texts = Texts("zh")

    assert told((PICTURE,), MINUTES, texts) == texts.say("kept_picture", minutes="10")
    assert "《假.pdf》" in told((FILE,), MINUTES, texts)
    assert "\n" not in told((FILE, PICTURE), 2.5, texts)
