"""/grant @王芳 财务 7d 原因: an owner lends a person one route until a moment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.access.granting import moment, objection, until_of
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.models.access import Grant
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.stages.commands.arguments import read_arguments

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.pipeline.stages.commands.arguments import Arguments

WORDS = ("/grant", "/授权")


async def run(context: TurnContext) -> Reply:
    """Give the right and say until when, or say why not; then nothing has changed.

    Raises:
        StateError: the grant was not confirmed.
    """
    given = read_arguments(context.question, [route.name for route in context.settings.all_routes])
    if given.problem:
        return _said(context, given.problem, given)
    now_ms = context.clock()
    until_ms = until_of(given.length, now_ms)
    if until_ms is None:
        return _said(context, "grant_no_length", given)
    grant = Grant(
        # A repeated delivery of the message is the same grant.
        id=context.question.turn_id,
        bot=context.question.bot,
        user=given.user,
        route=given.route,
        from_ms=min(now_ms, context.question.asked_ms),
        until_ms=until_ms,
        granted_by=context.question.sender.staff_id,
        why=given.why,
    )
    name, who, what = grant.bot, grant.granted_by, f"{grant.user} {grant.route}"
    if wrong := await _objection(context, grant, now_ms):
        await context.access.acts.refused("grant.given", name=name, who=who, what=what, rule=wrong)
        return _said(context, wrong, given)
    await context.access.grants.give(grant)
    context.log("grant_given", grant=grant.id, route=grant.route, until_ms=grant.until_ms)
    await context.access.acts.done(
        "grant.given",
        name=name,
        who=who,
        what=what,
        rule=permission(who, "grant", context.settings).rule,
        detail=f"{grant.id} until {moment(until_ms)}",
    )
    return _said(context, "grant_given", given, until=moment(until_ms))


async def _objection(context: TurnContext, grant: Grant, now_ms: int) -> str:
    bot, source, profiles = context.settings, context.bot.people, context.access.profiles
    policy = context.access.policy(grant.bot, bot)
    granter = await profiles.of(grant.granted_by, source, scope=scope_of(bot), hours=bot.directory.hours)

    facts = facts_of(grant.granted_by, grant.granted_by, granter)
    told = partial(objection, grant, bot=bot, policy=policy, granter=facts, now_ms=now_ms)
    if wrong := told(person=None):
        return wrong
    person = await profiles.fresh(grant.user, source)
    # A misspelt id would give the right to no person, and the owner would not know.
    return "grant_not_checked" if person is None else told(person=person)


def _said(context: TurnContext, sentence: str, given: Arguments, **values: str) -> Reply:
    told = {
        "user": given.user,
        "route": given.route,
        "routes": "、".join(route.name for route in context.settings.all_routes),
        "days": str(context.settings.grants.longest_days),
        **values,
    }
    said = context.texts.say(sentence, **told)
    return Reply(parts=(said,), on_card=False, answer=said, private=True)
