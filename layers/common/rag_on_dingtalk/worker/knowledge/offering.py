"""The button that passes an unanswered question on to the experts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.settings.checks.covering import home_of

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.pipeline.reply import Reply
    from rag_on_dingtalk.settings.bot import Bot

#: Beside it; the card has three buttons.
_OTHERS = 2


def experts_of(bot: Bot, route: str) -> tuple[str, ...]:
    """Who answers what the documents do not, on this route; an empty one is the bot's first.

    A canary has the experts of the route that it stands in for, where it has none of its own.
    """
    return bot.experts.get(route) or bot.experts.get(home_of(route, bot.all_routes), ())


def with_expert(context: TurnContext, reply: Reply) -> Reply:
    """The reply with the button, where its asker got no answer from the documents."""
    settings, outcome = context.settings, context.record.outcome
    app = settings.dingtalk
    if (
        not settings.experts
        or outcome.facts.get("stage") != "generate"
        or reply.failure is not None
        or (reply.citations and not reply.nothing_found)
        or not experts_of(settings, outcome.route)
        or not context.question.sender.staff_id
        or app.card is None
        or not (app.card.buttons and app.takes_clicks)
    ):
        return reply
    return msgspec.structs.replace(
        reply, suggestions=(*reply.suggestions[:_OTHERS], context.texts.say("to_expert"))
    )
