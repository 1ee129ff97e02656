"""/cache clear: no answer of the bot from before this moment is given again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.pipeline.reply import Reply

if TYPE_CHECKING:
    from rag_on_dingtalk.access.roles import Verb
    from rag_on_dingtalk.pipeline.context import TurnContext

WORDS = ("/cache", "/缓存")

_CLEAR = (["clear"], ["清空"])
_ACT = "cache.cleared"


async def run(context: TurnContext) -> Reply:
    """Clear the bot's cache, for those who run the bot or look after what it answers.

    Raises:
        StateError: it was not confirmed; the same command again does it.
    """
    question, settings, acts = context.question, context.settings, context.access.acts
    who, bot = question.sender.staff_id, question.bot
    verb: Verb = "manage_skills" if permission(who, "manage_skills", settings).allowed else "operate"
    if not await acts.allowed(verb, _ACT, name=bot, bot=settings, who=who, what=bot):
        return _said(context, "cache_not_yours")
    if settings.answer_cache is None:
        return _said(context, "cache_off")
    if question.text.split()[1:] not in _CLEAR:
        return _said(context, "cache_usage")
    # The turn's id is unlike any other's, and the same when this very command is tried again.
    await context.cache.clear(bot, question.turn_id)
    await acts.done(_ACT, name=bot, who=who, what=bot, rule=permission(who, verb, settings).rule)
    return _said(context, "cache_cleared")


def _said(context: TurnContext, sentence: str) -> Reply:
    said = context.texts.say(sentence)
    return Reply(parts=(said,), on_card=False, answer=said, private=True)
