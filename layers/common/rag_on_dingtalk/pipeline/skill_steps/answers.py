"""What a skill says: its template filled, its API called, looked through like any answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.clock import beijing_day
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.knowledge.skills.calling import CallFailedError
from rag_on_dingtalk.knowledge.skills.flow import FlowReply
from rag_on_dingtalk.knowledge.skills.template import filled, shown
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.prepared import prepare
from rag_on_dingtalk.rendering.render import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.knowledge.skills.skill import Skill
    from rag_on_dingtalk.pipeline.context import TurnContext

#: Suggestion buttons in the card template.
_BUTTONS = 3


def given_to(context: TurnContext) -> dict[str, str]:
    """The variables of every template: all of them the asker's own."""
    question = context.question
    return {
        "user": question.sender.staff_id,
        "nick": question.sender.nick,
        "question": question.text,
        "today": beijing_day(question.asked_ms).isoformat(),
        "turn": question.turn_id,
    }


async def completed(context: TurnContext, skill: Skill, values: Mapping[str, str], *, key: str) -> FlowReply:
    """The answer, once all values are known.

    key: names the call, also at another attempt.
    """
    known = {**given_to(context), **values}
    if skill.calls:
        if context.bot.apis is None or not known["user"]:
            # A person outside the organisation has no id that the API would know.
            return FlowReply(text=context.texts.say("skill_not_for_guests"), kind="failed")
        try:
            if skill.python is not None:
                known |= await context.bot.apis.run(skill.python, known, key=key)
            elif skill.call is not None:
                known |= await context.bot.apis.call(skill.call, known, key=key)
        except CallFailedError as error:
            context.log("skill_call_failed", level="WARNING", skill=skill.label, error=str(error))
            said = filled(error.said, {}) if error.said else context.texts.say("skill_failed")
            return FlowReply(text=said, kind="failed" if not error.said else "answer")
    answer = skill.answer if skill.is_plain else filled(skill.answer, known)
    if skill.approved_by:
        day = skill.approved_on.isoformat() if skill.approved_on else ""
        answer += "\n\n" + context.texts.say("approved", by=shown(skill.approved_by), on=day)
    return FlowReply(text=answer, kind="answer")


async def replied(context: TurnContext, said: FlowReply) -> Reply:
    """The reply, as safe as a backend's: words are masked, a moderation service is asked."""
    failure = FailureKind.UPSTREAM if said.kind == "failed" else None
    draft = Draft(said.text)
    if context.bot.safety is not None and failure is None:
        from rag_on_dingtalk.pipeline.checks.safety_out import AnswerGuard  # most bots look for nothing

        guard = AnswerGuard(context, context.bot.safety, lambda _: None)
        draft, prepared = await guard.finish(draft)
        blocked = guard.failure
    else:
        prepared, blocked = prepare(draft, context.texts), None
    parts = (said.text,) if failure else render(draft, blocked, context.texts, prepared=prepared)
    if said.kind == "answer" and blocked is None and context.memory.remembers:
        session = await context.memory.load(context.remembered_for)
        await context.memory.keep(session, "", Exchange(context.question.text, prepared.words))
    app = context.settings.dingtalk
    tappable = app.card is not None and app.card.buttons and app.takes_clicks and blocked is None
    return Reply(
        parts=parts,
        failure=failure or blocked,
        answer=prepared.words,
        suggestions=said.choices[:_BUTTONS] if tappable else (),
    )
