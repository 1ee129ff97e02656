"""Stage: from which tier the question is answered, now that the conversation is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.knowledge.routing import choose
from rag_on_dingtalk.pipeline.asking.tiers import (
    needs_conversation,
    note_route,
    offer_deeper,
    take_route,
    tiers_of,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import Judged
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.pipeline.reply import Reply


async def routing(context: TurnContext) -> Reply | None:
    """Settle the route. It never refuses: what the asker may have was decided before.

    The session that it reads is the one that the answer goes on with.
    """
    judged = context.judged
    if judged is None or not needs_conversation(context):
        return None
    session = await context.memory.load(context.remembered_for)
    judged = context.judged = _with_depth(context, judged, session.asked)
    note_route(context)
    usable = context.access.permitted(context.question.bot, context.settings, judged)
    above = context.question.above
    choice = choose(tiers_of(context), usable, route=judged.decision.route, held=session.route, above=above)
    if choice.reason:
        take_route(context, choice.route, choice.reason)
    context.session = session.on(context.remembered_for)
    offer_deeper(context)
    return None


def _with_depth(context: TurnContext, judged: Judged, asked: int) -> Judged:
    """The decision with what was not known before: how many questions the conversation has had."""
    if not asked or judged.facts is None:
        return judged
    facts = msgspec.structs.replace(judged.facts, depth=asked)
    again = context.access.decide_again(context.question.bot, context.settings, judged, facts)
    return again if again.decision.allowed else judged
