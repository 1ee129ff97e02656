"""/revoke @王芳 财务: an owner takes back what was lent; without a route everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.stages.commands.arguments import read_arguments

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext

WORDS = ("/revoke", "/收回")


async def run(context: TurnContext) -> Reply:
    """End the person's grants, and say how many.

    Raises:
        StateError: one was not confirmed; the same command again ends the rest.
    """
    settings, owner, name = context.settings, context.question.sender.staff_id, context.question.bot
    if not await context.access.acts.allowed("grant", "grant.taken", name=name, bot=settings, who=owner):
        return _said(context, "grant_not_yours")
    rule = permission(owner, "grant", settings).rule
    routes = [route.name for route in settings.all_routes]
    given = read_arguments(context.question, routes, route_needed=False)
    if given.problem:
        return _said(context, given.problem, routes="、".join(routes))
    now_ms, ended = context.clock(), 0
    for grant in await context.access.grants.of(name, given.user):
        if grant.until_ms > now_ms and given.route in ("", grant.route):
            await context.access.grants.end(grant, now_ms=now_ms, by=owner)
            context.log("grant_revoked", grant=grant.id, route=grant.route)
            what = f"{grant.user} {grant.route}"
            await context.access.acts.done(
                "grant.taken", name=name, who=owner, what=what, rule=rule, detail=grant.id
            )
            ended += 1
    sentence = "revoked" if ended else "nothing_to_revoke"
    return _said(context, sentence, user=given.user, count=str(ended))


def _said(context: TurnContext, sentence: str, **values: str) -> Reply:
    said = context.texts.say(sentence, **values)
    return Reply(parts=(said,), on_card=False, answer=said, private=True)
