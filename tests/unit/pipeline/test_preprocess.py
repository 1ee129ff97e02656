"""A message without words: kept for the next question, asked about, or called unreadable."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.models.question import Attachment, Quote
from rag_on_dingtalk.settings.sections.files import FileSettings
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.skipping_loop import skipping

ZH = Texts("zh")
PICTURE = Attachment("picture", "dc1")


async def said(
    text: str, message_type: str, *, accept: tuple[str, ...], quote: Quote | None = None
) -> list[str] | None:
    """The messages a person in a group gets; None: the message was taken for a question."""
    files = FileSettings(accept=accept)  # type: ignore[arg-type]  # given by the tests as plain text
    async with Worker(a_bot(files=files)).started() as worker:
        worker.backend.parts = [Text("五天。")]
        question = a_question(
            text=text,
            group=True,
            message_type=message_type,
            attachments=(PICTURE,),
            quote=quote,
            webhook=a_webhook(),
        )
        seen = await worker.answer(question)
    asked = "t1" in worker.dingtalk.cards
    return None if asked else [message.partition("\n\n")[2] for message in seen.messages]


@pytest.mark.parametrize(("text", "message_type"), [("", "picture"), ("[图片1]", "richText")])
@skipping
async def test_a_picture_alone_is_a_question_only_to_a_bot_that_takes_pictures(
    text: str, message_type: str
) -> None:
    assert await said(text, message_type, accept=("pictures",)) is None
    assert await said(text, message_type, accept=()) == [ZH.say("unreadable")]


@pytest.mark.parametrize("message_type", ["text", "richText"])
@skipping
async def test_words_are_a_question_to_any_bot(message_type: str) -> None:
    assert await said("看图[图片1]，这能报销吗？", message_type, accept=()) is None


@pytest.mark.parametrize("message_type", ["text", "richText"])
@skipping
async def test_a_quote_alone_is_a_question(message_type: str) -> None:
    assert await said(" ", message_type, accept=(), quote=Quote("谁付钱？", "text")) is None


@skipping
async def test_a_quoted_picture_alone_is_a_question_to_a_bot_that_takes_pictures() -> None:
    quote = Quote("[图片1]", "picture")

    assert await said("", "text", accept=("pictures",), quote=quote) is None
    assert await said("", "text", accept=(), quote=quote) == [ZH.say("quote_not_read")]


@pytest.mark.parametrize("message_type", ["text", "richText"])
@skipping
async def test_a_person_who_quotes_what_cannot_be_read_and_says_nothing_else_is_told(
    message_type: str,
) -> None:
    quote = Quote("", "interactiveCard")

    assert await said("", message_type, accept=(), quote=quote) == [ZH.say("quote_not_read")]


@skipping
async def test_a_command_in_a_reply_is_still_a_command() -> None:
    quote = Quote("谁付钱？", "text")

    (message,) = await said("/help。", "text", accept=(), quote=quote) or []
    assert "/new" in message


@skipping
async def test_a_picture_in_a_private_chat_goes_with_the_next_question() -> None:
    async with Worker().started() as worker:
        worker.backend.parts = [Text("五楼。")]
        picture = a_question("t1", "", message_type="picture", attachments=(PICTURE,), webhook=a_webhook())
        first = await worker.answer(picture)
        assert worker.backend.asked == []
        worker.skipped_ms += 1_000
        await worker.answer(a_question("t2", "这是几楼？", asked_ms=NOW_MS + 1))

    assert first.messages == [ZH.say("kept_picture", minutes="10")]
    assert any("messageFiles/download" in call for call in worker.dingtalk.calls)
