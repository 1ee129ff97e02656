"""What the model reads of a question, its quote and its pictures."""

from __future__ import annotations

from typing import Any

import pytest

from rag_on_dingtalk.models.question import (
    Attachment,
    Conversation,
    ConversationType,
    Question,
    Quote,
    Sender,
)
from rag_on_dingtalk.pipeline.wording.question_text import asks_something, text_for_model
from rag_on_dingtalk.texts import Texts

EN = Texts("en")
PICTURE = Attachment("picture", "dc1")
FILE = Attachment("file", "dc2", "report.pdf")
OTHER_FILE = Attachment("file", "dc3", "notes.txt")
MARK = EN.say("quote_mark")


def question(text: str = "", **fields: Any) -> Question:
    return Question(
        turn_id="t1",
        bot="b",
        message_id="m",
        text=text,
        message_type="text",
        sender=Sender("s"),
        conversation=Conversation("c", ConversationType.ONE_TO_ONE),
        asked_ms=0,
        **fields,
    )


@pytest.mark.parametrize(
    ("asked", "accepted", "text"),
    [
        (question("How many?"), (PICTURE,), "How many?"),
        (question(), (PICTURE,), "What does this picture show?"),
        (question("[图片1] [图片2]"), (PICTURE, PICTURE), "What does this picture show?"),
        (question("[图片1] [图片2]"), (), "[图片1] [图片2]"),
        (question(), (FILE, OTHER_FILE), "What are the main points of report.pdf, notes.txt?"),
        (question("Why?", quote=Quote("Two\nlines")), (), "> Two\n> lines\n\nWhy?"),
        (question("Why?", quote=Quote()), (), f"> {MARK}\n\nWhy?"),
        (question("Why?", quoted="as before"), (), "> as before\n\nWhy?"),
        (question("Why?", quote=Quote("[图片1]", "picture")), (PICTURE,), "> [图片1]\n\nWhy?"),
        (question(quote=Quote("Who pays?", "text")), (), "Who pays?"),
        (question("\u200b", quote=Quote("Who pays?", "text")), (), "Who pays?"),
        (question(quote=Quote("Heard", "audio")), (), "Heard"),
        (
            question(quote=Quote("Who pays?", "text", own=True)),
            (),
            "> Who pays?\n\nPlease explain what is quoted above.",
        ),
        (question(quote=Quote("[图片1]", "picture")), (PICTURE,), "What does this picture show?"),
        (question(quote=Quote("report.pdf", "file")), (FILE,), "What are the main points of report.pdf?"),
        (
            question("[图片1]", quote=Quote("A form", "text")),
            (PICTURE,),
            "> A form\n\nWhat does this picture show?",
        ),
    ],
)
def test_the_model_reads_the_quote_and_the_words(
    asked: Question, accepted: tuple[Attachment, ...], text: str
) -> None:
    assert text_for_model(asked, accepted, EN) == text
    assert asks_something(asked, accepted) is (text != "[图片1] [图片2]")


@pytest.mark.parametrize(
    "asked",
    [
        question(),
        question("\u200b \n"),
        question("[图片1]"),
        question(quote=Quote()),
        question(quote=Quote("[图片1]", "picture")),
        question(quote=Quote("report.pdf", "file")),
        question(quote=Quote("", "interactiveCard", ids=("q1==",))),
    ],
)
def test_nothing_is_asked_where_nothing_can_be_read(asked: Question) -> None:
    assert not asks_something(asked, ())
