"""Stage: what the message is, before anything is decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.conversations.waiting import may_wait, told
from rag_on_dingtalk.dingtalk.inbound.contents import is_wordless
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.pipeline.asking.attachments import accepted
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.wording.mention_names import name_mentioned_people
from rag_on_dingtalk.pipeline.wording.question_text import asks_something

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Attachment
    from rag_on_dingtalk.pipeline.context import TurnContext


async def preprocess(context: TurnContext) -> Reply | None:
    """Look up what is quoted and who is mentioned.

    A message without words is kept, asked about, or called unreadable.
    A picture alone asks what it shows, a quote alone asks what it says.
    """
    context.question = await context.quoted.with_quoted_turn(context.question, context.texts)
    question, settings = context.question, context.settings
    if not is_wordless(question.text):
        await name_mentioned_people(context)
        return None
    attachments = accepted(question, settings.files)
    if may_wait(question, attachments, settings.session.picture_minutes):
        return await _keep(context, attachments)
    if asks_something(question, attachments):
        return None
    if question.reply_to is not None:
        return _said(context.texts.say("quote_not_read"))
    if question.message_type != "text":
        return _said(context.texts.say("unreadable"))
    return None


async def _keep(context: TurnContext, attachments: tuple[Attachment, ...]) -> Reply | None:
    minutes = context.settings.session.picture_minutes
    try:
        await context.memory.wait_with(attachments, minutes)
    except StateError as error:
        # What cannot be kept is asked about at once.
        context.log("picture_not_kept", level="WARNING", error=str(error))
        return None
    return _said(told(attachments, minutes, context.texts))


def _said(text: str) -> Reply:
    return Reply(parts=(text,), on_card=False, answer=text)
