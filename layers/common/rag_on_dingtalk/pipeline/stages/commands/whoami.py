"""/whoami: one's ids, departments, roles, which routes one may ask, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.access.decision import decide_route, is_for
from rag_on_dingtalk.access.granting import moment
from rag_on_dingtalk.access.limits import sentences
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.roles import holders_of, roles_of
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.wording.departments import whole_departments

if TYPE_CHECKING:
    from rag_on_dingtalk.models.access import Grant, Profile
    from rag_on_dingtalk.pipeline.context import TurnContext

WORDS = ("/whoami", "/我是谁")


async def run(context: TurnContext) -> Reply:
    """What the rules know of the asker; a private reply also in a group. Never raises."""
    question, settings, texts = context.question, context.settings, context.texts
    sender, none, unknown = question.sender, texts.say("none"), texts.say("not_known")
    policy = context.access.policy(question.bot, settings)
    profile: Profile | None = None
    grants: tuple[Grant, ...] = ()
    if sender.staff_id:
        profile = await context.access.profiles.of(
            sender.staff_id, context.bot.people, scope=scope_of(settings), hours=settings.directory.hours
        )
        grants = await context.access.grants_of(question.bot, sender.staff_id)
    group = question.conversation.id if question.conversation.is_group else ""
    facts = facts_of(sender.staff_id, sender.key, profile, group=group)
    now_ms = context.clock()
    living = {one.route: one for one in grants if one.lives(now_ms) and is_for(one, facts)}
    routes = []
    for route in policy.routes:
        decision = decide_route(policy, route, facts, living.get(route.name))
        until = f" → {moment(decision.until_ms)}" if decision.until_ms else ""
        rule = decision.rule or decision.reason
        routes.append(f"- {'✅' if decision.allowed else '🚫'} {route.name}（`{rule}`{until}）")
    said = texts.say(
        "whoami",
        user=sender.staff_id or none,
        conversation=question.conversation.id,
        departments=(await whole_departments(context.bot, profile) if profile else unknown) or none,
        roles=(_roles(profile) if profile else unknown) or none,
        duties="、".join(roles_of(sender.staff_id, holders_of(settings))),
        routes="\n".join(routes),
        policy=policy.version,
    )
    said += await _limits(context, profile)
    return Reply(parts=(said,), on_card=False, answer=said, private=True)


async def _limits(context: TurnContext, profile: Profile | None) -> str:
    if context.limits is None:
        return ""
    if context.question.sender.staff_id:
        context.limits.know_departments(None if profile is None else profile.chains)
    found = [sentences.used(meter, count, context.texts) for meter, count in await context.limits.overview()]
    lines = "\n".join(dict.fromkeys(found))
    return context.texts.say("whoami_limits", lines=lines) if lines else ""


def _roles(profile: Profile) -> str:
    return "、".join(f"{role.name}（{role.id}）" for role in profile.roles)
