"""A skill that asks back: where a person is in it, and what comes next. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.knowledge.skills.template import filled
from rag_on_dingtalk.knowledge.skills.values import value_of, value_within
from rag_on_dingtalk.knowledge.skills.wording import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from rag_on_dingtalk.knowledge.skills.skill import Skill, Step

#: Words that leave a flow, beside the command.
_LEAVES = frozenset(("取消", "退出", "算了", "cancel", "quit"))
#: A retry comes within the same hours as the messages around it.
_MOST_TAKEN = 20
_CONFIRMS = frozenset(("确认", "是", "好", "ok", "yes", "confirm", "1"))


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One person's way through one skill.

    skill, version: which one. begun_in: the turn that began it, which names its call. values: what is known,
        by variable.
    asked_in: the turn whose reply asks the present step; a button of another card says nothing.
    taken: the last turns that were taken in, of earlier flows, too, and what was replied: a retry of one of
        them is replied the same, however far the flow has gone on meanwhile.
    over: it has ended, and only that is kept.
    """

    skill: str
    version: int
    begun_in: str
    values: dict[str, str] = {}
    asked_in: str = ""
    taken: dict[str, FlowReply] = {}
    over: bool = False

    def after(self, turn: str, reply: FlowReply) -> Flow:
        """The flow once this turn is taken in."""
        over = reply.kind not in ("asks", "wrong")
        known = {**self.taken, turn: reply}
        newest = dict(list(known.items())[-_MOST_TAKEN:])
        return msgspec.structs.replace(self, asked_in="" if over else turn, taken=newest, over=over)

    @property
    def last(self) -> FlowReply | None:
        """What was replied last."""
        return next(reversed(self.taken.values()), None)


class FlowReply(msgspec.Struct, frozen=True, kw_only=True):
    """What is said next.

    text: markdown. choices: what may be tapped.
    kind: `asks`: the flow goes on. `wrong`: so, and the value did not fit. `left`: it was left. `answer`: it
        is complete, and this is its answer. `failed`: it is complete, and the call gave no result.
    """

    text: str
    kind: Literal["asks", "wrong", "left", "answer", "failed"]
    choices: tuple[str, ...] = ()
    skill: str = ""


def begun(skill: Skill, text: str, today: date, *, turn: str) -> Flow:
    """A flow that the message begins, with the values that it names already."""
    named = {}
    for step in skill.steps:
        value = value_within(step, text, today)
        if value is not None:
            named[step.name] = value
    return Flow(skill=skill.id, version=skill.version, begun_in=turn, values=named)


def pending(skill: Skill, flow: Flow) -> Step | None:
    """The step whose value is not known yet; None: all are."""
    return next((step for step in skill.steps if step.name not in flow.values), None)


def leaves(text: str) -> bool:
    """Whether the person wants to leave."""
    return key_of(text) in _LEAVES


def taken(skill: Skill, flow: Flow, text: str, today: date) -> Flow | None:
    """The flow with the value that was asked for; None: the text is none."""
    step = pending(skill, flow)
    if step is None:
        return None
    value = value_of(step, text, today)
    if value is None:
        return None
    return msgspec.structs.replace(flow, values={**flow.values, step.name: value})


def confirmed(text: str) -> bool:
    """Whether the person says yes to what is about to be done."""
    return key_of(text) in _CONFIRMS


def prompt(skill: Skill, flow: Flow, given: Mapping[str, str], *, yes: str, no: str) -> FlowReply | None:
    """What is asked next; None: nothing, the flow is complete but for its confirmation being said.

    given: variables known of every question. yes, no: the two words of a confirmation.
    """
    values = {**given, **flow.values}
    step = pending(skill, flow)
    if step is not None:
        text = filled(step.ask, values)
        if step.kind == "choice":
            listed = "\n".join(f"{number}. {one}" for number, one in enumerate(step.choices, start=1))
            text = f"{text}\n\n{listed}"
        return FlowReply(text=text, kind="asks", choices=step.choices)
    if skill.confirm:
        return FlowReply(text=filled(skill.confirm, values), kind="asks", choices=(yes, no))
    return None
