"""/grants: what is lent now, to everyone for an owner or auditor, and one's own for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.granting import moment
from rag_on_dingtalk.access.roles import verbs_of
from rag_on_dingtalk.pipeline.reply import Reply

if TYPE_CHECKING:
    from rag_on_dingtalk.models.access import Grant
    from rag_on_dingtalk.pipeline.context import TurnContext

WORDS = ("/grants", "/授权列表")

#: A message holds about this many.
_MOST = 50


async def run(context: TurnContext) -> Reply:
    """The living grants, the first to end first.

    Raises:
        StateError: they could not be read.
    """
    user, bot, now_ms = context.question.sender.staff_id, context.question.bot, context.clock()
    if verbs_of(user, context.settings) & {"grant", "read_audit"}:
        found = list(await context.access.grants.living(bot, now_ms))
    else:
        own = await context.access.grants.of(bot, user) if user else ()
        found = [grant for grant in own if grant.lives(now_ms)]
    found.sort(key=lambda grant: grant.until_ms)
    if not found:
        said = context.texts.say("no_grants")
    else:
        lines = "\n".join(_line(context, grant) for grant in found[:_MOST])
        said = context.texts.say("grants", count=str(len(found)), lines=lines)
    return Reply(parts=(said,), on_card=False, answer=said, private=True)


def _line(context: TurnContext, grant: Grant) -> str:
    return context.texts.say(
        "grant_line",
        user=grant.user or context.texts.say("grant_department", department=str(grant.department)),
        route=grant.route,
        until=moment(grant.until_ms),
        by=grant.granted_by,
        why=grant.why or "-",
    )
