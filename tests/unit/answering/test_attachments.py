"""Which attachments a bot takes, and what a message without words asks."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.answering.attachments import accepted, words_of
from rag_on_dingtalk.config import FileSettings
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.model import Attachment, Conversation, ConversationType, Question, Sender

EN = Texts("en")
PICTURE = Attachment("picture", "dc1")
FILE = Attachment("file", "dc2", "report.pdf")
OTHER_FILE = Attachment("file", "dc3", "notes.txt")
RECORDING = Attachment("audio", "dc4")
VIDEO = Attachment("video", "dc5")


def question(*attachments: Attachment, text: str = "") -> Question:
    return Question(
        turn_id="t1",
        bot="b",
        message_id="m",
        text=text,
        message_type="picture",
        sender=Sender("s"),
        conversation=Conversation("c", ConversationType.ONE_TO_ONE),
        asked_ms=0,
        attachments=attachments,
    )


@pytest.mark.parametrize(
    ("accept", "taken"),
    [(("pictures", "documents"), (PICTURE, FILE)), (("pictures",), (PICTURE,)), ((), ())],
    ids=["all", "pictures", "none"],
)
def test_a_bot_takes_what_it_is_set_to_and_never_recordings(
    accept: tuple[str, ...], taken: tuple[Attachment, ...]
) -> None:
    settings = FileSettings(accept=accept)  # type: ignore[arg-type]  # parametrised by name

    assert accepted(question(PICTURE, FILE, RECORDING, VIDEO), settings) == taken


def test_who_sends_words_asks_those() -> None:
    assert words_of(question(PICTURE, text="How many?"), (PICTURE,), EN) == "How many?"


def test_a_picture_without_words_asks_what_it_shows() -> None:
    assert words_of(question(PICTURE), (PICTURE,), EN) == "What does this picture show?"


def test_pictures_in_a_rich_text_without_words_ask_what_they_show() -> None:
    sent = question(PICTURE, PICTURE, text="[图片1] [图片2]")

    assert words_of(sent, sent.attachments, EN) == "What does this picture show?"
    assert words_of(sent, (), EN) == "[图片1] [图片2]"


def test_a_file_without_words_asks_for_its_main_points() -> None:
    asked = words_of(question(FILE, OTHER_FILE), (FILE, OTHER_FILE), EN)

    assert asked == "What are the main points of report.pdf, notes.txt?"
