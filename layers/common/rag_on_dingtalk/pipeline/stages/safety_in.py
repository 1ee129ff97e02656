"""Stage: sensitive words and moderation of the question, before anything is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.pipeline.checks.masking import masked_question
from rag_on_dingtalk.pipeline.reply import Reply

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.pipeline.context import TurnContext


async def safety_in(context: TurnContext) -> Reply | None:
    """Refuse a question that must not be asked; mask the words of the level `mask`.

    The refusal is a message: nothing of the question stands on a card.
    """
    safety = context.bot.safety
    if safety is None:
        return None
    said = _words_of(context.question)
    if safety.words is not None:
        found = safety.words.check(said)
        safety.report_words(found, said, "question")
        if found.level == "block":
            return _refused(context.texts.failure(FailureKind.BLOCKED), FailureKind.BLOCKED)
    context.question = masked_question(context.question, safety)
    if safety.moderator is not None:
        verdict = await safety.moderator.check(_words_of(context.question), "question")
        if not verdict.allowed:
            kind = FailureKind.BLOCKED if verdict.judged else FailureKind.UNCHECKED
            return _refused(safety.masked(verdict.answer) or context.texts.failure(kind), kind)
    return None


def _refused(sentence: str, kind: FailureKind) -> Reply:
    return Reply(parts=(sentence,), on_card=False, failure=kind)


def _words_of(question: Question) -> str:
    """All that a person has said with it. Apart from each other: no word goes on from one to the next."""
    quote = question.reply_to
    names = (attachment.name for attachment in question.attachments)
    return "\n\n".join(filter(None, (question.text, quote.text if quote else "", *names)))
