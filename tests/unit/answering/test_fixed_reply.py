"""What needs no backend: a message that nothing can be asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from rag_on_dingtalk.answering.fixed_reply import fixed_reply
from rag_on_dingtalk.config import AnythingLLM, Bot, DingTalkApp, FileSettings
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.model import Attachment, Conversation, ConversationType, Question, Sender

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.line import Lines
    from rag_on_dingtalk.answering.recall import Recall

EN = Texts("en")


async def said(text: str, message_type: str, *, accept: tuple[str, ...]) -> str | None:
    question = Question(
        turn_id="t1",
        bot="b",
        message_id="m",
        text=text,
        message_type=message_type,
        sender=Sender("s"),
        conversation=Conversation("c", ConversationType.GROUP),
        asked_ms=0,
        attachments=(Attachment("picture", "dc1"),),
    )
    bot = Bot(
        dingtalk=DingTalkApp(client_id="a", client_secret="env:S"),
        backend=AnythingLLM(base_url="https://kb.example", api_key="env:K", workspace="w"),
        files=FileSettings(accept=accept),  # type: ignore[arg-type]  # given by the tests as plain text
    )
    return await fixed_reply(
        question,
        bot,
        EN,
        recall=cast("Recall", None),
        lines=cast("Lines", None),
        log=lambda *_, **__: None,
    )


@pytest.mark.parametrize(("text", "message_type"), [("", "picture"), ("[图片1]", "richText")])
async def test_a_picture_alone_is_a_question_only_to_a_bot_that_takes_pictures(
    text: str, message_type: str
) -> None:
    assert await said(text, message_type, accept=("pictures",)) is None
    assert await said(text, message_type, accept=()) == EN.say("unreadable")


@pytest.mark.parametrize("message_type", ["text", "richText"])
async def test_words_are_a_question_to_any_bot(message_type: str) -> None:
    assert await said("看图[图片1]，这能报销吗？", message_type, accept=()) is None
