"""A decision that was made, made again by the rules of now: what would be different? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.access.canary.arms import Kept, Trials
from rag_on_dingtalk.access.decision import Decision, decide
from rag_on_dingtalk.access.explaining import told
from rag_on_dingtalk.access.granting import moment
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.models.access import Decided
from rag_on_dingtalk.models.question import is_turn_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.bot import Bot

#: The log line's `message`.
DECIDED = "access_decided"
_COMPARED = ("allowed", "route", "use", "rule", "reason", "until_ms", "quiet")


class LoggedDecision(msgspec.Struct, frozen=True):
    """A decision as its log line has it, and of which question it is."""

    turn_id: str
    decision: Decision


def read_line(line: str) -> LoggedDecision:
    """A line `access_decided`, as it was printed or as Log Service exports it.

    Raises:
        ValueError: it is no such line; the text says why.
    """
    try:
        fields = msgspec.json.decode(line)
        if isinstance(fields, dict) and str(fields.get("message", "")).lstrip().startswith("{"):
            # A record of Log Service holds what the function printed in its own field `message`.
            fields = msgspec.json.decode(fields["message"])
    except msgspec.DecodeError as error:
        raise ValueError(f"it is no JSON: {error}") from error
    if not isinstance(fields, dict) or fields.get("message") != DECIDED:
        raise ValueError(f"its `message` is not {DECIDED}")
    turn_id = fields.get("turn_id", "")
    if not isinstance(turn_id, str) or not is_turn_id(turn_id):
        raise ValueError("it has no turn_id")
    named = {**fields, "policy_version": fields.get("policy", "")}
    try:
        return LoggedDecision(turn_id, msgspec.convert(named, Decision))
    except msgspec.ValidationError as error:
        raise ValueError(f"it has not what a decision has: {error}") from error


def decided_of(decision: Decision, **made_from: Any) -> Decided:
    """The record of a decision; made_from: the fields of `Decided` beside those that a decision has."""
    return Decided(**msgspec.structs.asdict(decision), **made_from)


def decision_of(decided: Decided) -> Decision:
    """What was decided."""
    return Decision(**{name: getattr(decided, name) for name in Decision.__struct_fields__})


def again(bot: Bot, question: Question, decided: Decided) -> Decision:
    """The same question from the same facts at the same moment, by the rules of this bot."""
    sender, chat = question.sender, question.conversation
    facts = facts_of(
        sender.staff_id,
        sender.key,
        decided.profile,
        group=chat.id if chat.is_group else "",
        text=question.text,
    )
    # Who was drawn then is a fact, too: the experiment may have been stopped since.
    trials = Trials(kept=Kept(decided.arm, decided.opened))
    return decide(policy_of(bot, question.bot), facts, decided.grants, decided.at_ms, trials)


def differences(before: Decision, now: Decision) -> tuple[str, ...]:
    """The names of what is different, whichever version of the rules decided."""
    return tuple(name for name in _COMPARED if getattr(before, name) != getattr(now, name))


def replayed(before: Decision, now: Decision, *, at_ms: int) -> Iterator[str]:
    """Both decisions, and what is different; at_ms: when it was decided."""
    yield f"recorded {moment(at_ms)} Beijing time, policy {before.policy_version}: {told(before)}"
    yield f"the same facts, policy {now.policy_version}: {told(now)}"
    changed = differences(before, now)
    if not changed:
        yield "No difference."
        return
    for name in changed:
        yield f"  {name}: {getattr(before, name)!r} → {getattr(now, name)!r}"
    if before.policy_version == now.policy_version:
        yield "The rules are the same: the question was changed after it was decided (merged or masked)."
