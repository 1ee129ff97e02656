"""Which attachments a bot takes."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.models.question import Attachment, Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.pipeline.asking.attachments import accepted
from rag_on_dingtalk.settings.sections.files import FileSettings

PICTURE = Attachment("picture", "dc1")
FILE = Attachment("file", "dc2", "report.pdf")
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
