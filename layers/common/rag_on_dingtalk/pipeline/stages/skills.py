"""Stage: what is answered without the backend: skills, their dialogues, and answers written by people.

Skills are chosen after the access rules have decided: one that names routes says nothing to a person who may
use none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.access.decision import permitted
from rag_on_dingtalk.access.matching import Holds, facts_of, holds, question_holds
from rag_on_dingtalk.clock import beijing_day
from rag_on_dingtalk.knowledge.skills.matching import Message, started_by, version_for
from rag_on_dingtalk.pipeline.skill_steps.answers import completed, replied
from rag_on_dingtalk.pipeline.skill_steps.dialogues import begin, go_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.access.matching import Facts
    from rag_on_dingtalk.knowledge.skills.matching import Ready
    from rag_on_dingtalk.knowledge.skills.skill import Skill
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.pipeline.reply import Reply

#: The `message_type` of a click on a choice; `repeats` names the card it stood on.
CHOICE = "flow_choice"


async def skills(context: TurnContext) -> Reply | None:
    """The reply of the skill that the message starts or goes on with; None for all others."""
    store, question = context.skills, context.question
    if store is None or not context.settings.skills.wanted or not question.text.strip():
        return None
    known: tuple[Ready, ...] = context.bot.skills
    if context.settings.skills.curated:
        known = (*known, *await store.living.of(question.bot))
    if question.message_type == CHOICE or any(one.skill.is_flow for one in known):
        reply = await go_on(context, await _in_scope(context, [one.skill for one in known]))
        if reply is not None:
            return reply
    if question.attachments or question.reply_to is not None:
        # What is asked about a file or about another message is the backend's to answer.
        return None
    # Asking DingTalk's directory for scopes is only worth it for a skill that the message starts.
    started = await _in_scope(context, started_by(Message.of(question.text), known))
    return await _start(context, started[0]) if started else None


async def _start(context: TurnContext, skill: Skill) -> Reply:
    if skill.is_flow:
        return await begin(context, skill)
    context.fact(skill=skill.label)
    return await replied(context, await completed(context, skill, {}, key=context.question.turn_id))


async def _in_scope(context: TurnContext, found: Sequence[Skill]) -> list[Skill]:
    """Those that are for this person, here and today; of two versions the person's own."""
    today = beijing_day(context.question.asked_ms)
    routes = _routes_of(context)
    fit = [one for one in found if one.is_valid_on(today) and (not one.routes or routes & set(one.routes))]
    if not fit:
        return []
    facts = await _facts(context, fit)
    fit = [
        one for one in fit if holds(one.when, facts) is Holds.YES and question_holds(one.id, one.when, facts)
    ]
    person, bot = context.question.sender.key, context.question.bot
    versions: dict[str, list[Skill]] = {}
    for one in fit:
        versions.setdefault(one.id, []).append(one)
    return [version_for(ones, bot=bot, person=person) for ones in versions.values()]


def _routes_of(context: TurnContext) -> set[str]:
    """Every route that the access rules let this person use, whichever of them the question takes."""
    judged = context.judged
    if judged is None or judged.facts is None:
        return {route.name for route in context.settings.all_routes}
    policy = context.access.policy(context.question.bot, context.settings)
    may = permitted(policy, judged.facts, judged.grants, judged.at_ms, judged.decision.opened)
    return {*may, judged.decision.route}


async def _facts(context: TurnContext, found: Sequence[Skill]) -> Facts:
    question, judged = context.question, context.judged
    profile = None if judged is None else judged.profile
    user = question.sender.staff_id
    wanted = any(one.when.departments or one.when.roles or one.when.external is not None for one in found)
    if profile is None and wanted and user:
        settings = context.settings
        profile = await context.access.profiles.of(
            user, context.bot.people, scope=scope_of(settings), hours=settings.directory.hours
        )
    group = question.conversation.id if question.conversation.is_group else ""
    return facts_of(user, question.sender.key, profile, group=group, text=question.text)
