"""One person's way through a skill that asks back: begun, gone on with, left, complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.clock import beijing_day
from rag_on_dingtalk.errors import FailureKind, StateError
from rag_on_dingtalk.knowledge.skills import flow as flows
from rag_on_dingtalk.knowledge.skills.flow import Flow, FlowReply
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.skill_steps.answers import completed, given_to, replied
from rag_on_dingtalk.storage.conversations.flows import flow_key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.knowledge.skills.dialogues import Dialogues
    from rag_on_dingtalk.knowledge.skills.skill import Skill
    from rag_on_dingtalk.pipeline.context import TurnContext

_ATTEMPTS = 5


class _OvertakenError(Exception):
    """Raised inside this module."""


async def begin(context: TurnContext, skill: Skill) -> Reply:
    """The first question of the skill; its answer, where the message says all there is to say."""
    for _ in range(_ATTEMPTS):
        try:
            return await _begin(context, skill)
        except _OvertakenError:
            # Two messages began it at once: this one comes second.
            if (reply := await go_on(context, (skill,))) is not None:
                return reply
    return _note(context, "flow_not_saved", failure=FailureKind.INTERNAL)


async def _begin(context: TurnContext, skill: Skill) -> Reply:
    question = context.question
    flow = flows.begun(skill, question.text, beijing_day(question.asked_ms), turn=question.turn_id)
    return await _kept(context, skill, flow, version=None)


async def go_on(context: TurnContext, skills: Sequence[Skill]) -> Reply | None:
    """What the message means to the flow that the person is in; None: the person is in none.

    skills: those that are for this person.
    """
    for _ in range(_ATTEMPTS):
        try:
            return await _go_on(context, skills)
        except _OvertakenError:
            # Two messages at once: this one comes second, and answers what is asked now.
            continue
    return _note(context, "flow_not_saved", failure=FailureKind.INTERNAL)


async def _go_on(context: TurnContext, skills: Sequence[Skill]) -> Reply | None:
    question = context.question
    try:
        flow, version = await _dialogues(context).of(flow_key_of(question, scope_of(context.settings)))
    except StateError as error:
        context.log("flow_not_read", level="WARNING", error=str(error))
        return None
    if flow is not None and (before := flow.taken.get(question.turn_id)):
        # This very message was taken in before, by an invocation that died.
        return await _reply(context, before)
    clicked = question.message_type == "flow_choice"
    if flow is None or flow.over or (clicked and flow.asked_in != question.repeats):
        return _note(context, "flow_choice_old") if clicked else None
    if flows.leaves(question.text):
        left = FlowReply(text=context.texts.say("flow_left"), kind="left")
        return await _save(context, flow, left, version)
    skill = next((one for one in skills if (one.id, one.version) == (flow.skill, flow.version)), None)
    if skill is None:
        # It was changed or has ended, or is not for this person any more.
        gone = FlowReply(text=context.texts.say("flow_gone"), kind="left")
        return await _save(context, flow, gone, version)
    return await _take(context, skill, flow, version)


async def _take(context: TurnContext, skill: Skill, flow: Flow, version: int) -> Reply:
    question, today = context.question, beijing_day(context.question.asked_ms)
    if flows.pending(skill, flow) is None:
        if flows.confirmed(question.text):
            return await _kept(context, skill, flow, version=version, confirmed=True)
        return await _again(context, skill, flow, version)
    taken = flows.taken(skill, flow, question.text, today)
    if taken is None:
        return await _again(context, skill, flow, version)
    return await _kept(context, skill, taken, version=version)


async def _again(context: TurnContext, skill: Skill, flow: Flow, version: int) -> Reply:
    """Ask the same once more, and say what is expected."""
    asked = _prompt(context, skill, flow)
    assert asked is not None  # noqa: S101 - something was asked
    step = flows.pending(skill, flow)
    wrong = (step.wrong if step else "") or context.texts.say(f"flow_wrong_{step.kind if step else 'choice'}")
    said = msgspec.structs.replace(asked, text=f"{wrong}\n\n{asked.text}", kind="wrong")
    return await _save(context, flow, said, version)


async def _kept(
    context: TurnContext, skill: Skill, flow: Flow, *, version: int | None, confirmed: bool = False
) -> Reply:
    """What comes next is saved before it is said."""
    said = None if confirmed else _prompt(context, skill, flow)
    if said is None:
        said = await completed(context, skill, flow.values, key=flow.begun_in)
    return await _save(context, flow, msgspec.structs.replace(said, skill=skill.label), version)


async def _save(context: TurnContext, flow: Flow, said: FlowReply, version: int | None) -> Reply:
    """version: of the flow that this goes on with; None: a new one begins, in place of what was there.

    Raises:
        _OvertakenError: the flow has gone on with another message.
    """
    turn, dialogues = context.question.turn_id, _dialogues(context)
    minutes = context.settings.session.idle_minutes
    key = flow_key_of(context.question, scope_of(context.settings))
    try:
        if version is None:
            before, version = await dialogues.of(key)
            if before is not None and (known := before.taken.get(turn)):
                return await _reply(context, known)
            flow = msgspec.structs.replace(flow, taken=before.taken if before else {})
        if await dialogues.keep(key, flow.after(turn, said), version=version, idle_minutes=minutes):
            return await _reply(context, said)
    except StateError as error:
        context.log("flow_not_saved", level="WARNING", error=str(error))
        if said.kind in ("asks", "wrong"):
            return _note(context, "flow_not_saved", failure=FailureKind.INTERNAL)
        # What was ordered is ordered; saying so again calls with the same key.
        return await _reply(context, said)
    if said.kind == "answer" and flows.confirmed(context.question.text):
        # Confirmed twice at once: the same order, and the same answer.
        return await _reply(context, said)
    raise _OvertakenError


async def _reply(context: TurnContext, said: FlowReply) -> Reply:
    if said.kind == "left":
        text = said.text or context.texts.say("flow_left")
        return Reply(parts=(text,), on_card=False, answer=text)
    context.fact(skill=said.skill, **({"flow": said.skill} if said.choices else {}))
    if said.kind in ("asks", "wrong"):
        hint = context.texts.say("flow_how_to_leave")
        said = msgspec.structs.replace(said, text=f"{said.text}\n\n{hint}")
    return await replied(context, said)


def _prompt(context: TurnContext, skill: Skill, flow: Flow) -> FlowReply | None:
    yes, no = context.texts.say("flow_yes"), context.texts.say("flow_no")
    asked = flows.prompt(skill, flow, given_to(context), yes=yes, no=no)
    return None if asked is None else msgspec.structs.replace(asked, skill=skill.label)


def _note(context: TurnContext, sentence: str, failure: FailureKind | None = None) -> Reply:
    said = context.texts.say(sentence)
    return Reply(parts=(said,), on_card=False, answer=said, failure=failure)


def _dialogues(context: TurnContext) -> Dialogues:
    assert context.skills is not None  # noqa: S101 - the stage has asked
    return context.skills.dialogues
