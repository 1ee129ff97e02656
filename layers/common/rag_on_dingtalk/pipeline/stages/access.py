"""Stage: may this person have this question answered, and by which of the bot's backends?

It runs before the question waits for its turn, so that a refusal neither waits nor makes others wait, and
once more after a long wait: a right may have ended meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.canary.arms import Kept
from rag_on_dingtalk.access.replaying import decided_of
from rag_on_dingtalk.observability.log_fields import also
from rag_on_dingtalk.pipeline.asking.tiers import note_route, offer_deeper
from rag_on_dingtalk.pipeline.wording.refusal import refusal_of

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import Judged
    from rag_on_dingtalk.models.access import Decided
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.pipeline.reply import Reply

#: A decision is this good for; the question that waited longer is decided on anew.
_GOOD_FOR_MS = 4_000


async def access(context: TurnContext) -> Reply | None:
    """The refusal, or None for a question that may be answered; the decision stays in the context."""
    policy = context.access.policy(context.question.bot, context.settings)
    if policy.open:
        return None
    kept = _kept(context)
    judged = await context.access.judge(context.question, context.settings, context.bot.people, kept)
    context.judged = judged
    decision = judged.decision
    if decision.arm:
        also(arm=decision.arm)
    if context.limits is not None and policy.directory and context.question.sender.staff_id:
        context.limits.know_departments(None if judged.profile is None else judged.profile.chains)
    _log(context, judged)
    decided_before = context.record.outcome.decided is not None
    context.record.note(route=decision.route, decided=_record(judged))
    note_route(context)
    context.fact(rule=decision.rule)
    if decision.opened and decision.allowed and not decided_before:
        # A retry stays in this arm, whatever is decided about the experiment meanwhile.
        await context.record.commit()
    if not decision.allowed:
        return await refusal_of(context, judged)
    offer_deeper(context)
    return None


async def access_after_waiting(context: TurnContext) -> Reply | None:
    """The same for a question whose decision may be out of date by now."""
    judged = context.judged
    if judged is None:
        return None
    now_ms, until_ms = context.clock(), judged.decision.until_ms
    if now_ms - judged.at_ms < _GOOD_FOR_MS and not (until_ms and now_ms >= until_ms):
        return None
    return await access(context)


def _record(judged: Judged) -> Decided:
    """All that it takes to decide the same again, but for the question itself, which stands beside it."""
    profile = judged.profile
    return decided_of(
        judged.decision,
        at_ms=judged.at_ms,
        profile=None if profile is None else msgspec.structs.replace(profile, name=""),
        grants=tuple(grant for grant in judged.grants if grant.lives(judged.at_ms)),
    )


def _kept(context: TurnContext) -> Kept | None:
    """What was decided about the bot's experiments when the question was decided on first; None: nothing.

    A canary answers only what is recorded as its own: an attempt that recorded nothing was stable's.
    """
    decided = context.record.outcome.decided
    if decided is None:
        return None if context.first else Kept("", ())
    return Kept(decided.arm, decided.opened)


def _log(context: TurnContext, judged: Judged) -> None:
    """The decision itself; of whom it speaks stands in the turn's row."""
    decision, profile = judged.decision, judged.profile
    context.log(
        "access_decided",
        level="INFO" if decision.allowed else "WARNING",
        allowed=decision.allowed,
        reason=decision.reason,
        rule=decision.rule,
        route=decision.route,
        use=decision.use,
        quiet=decision.quiet,
        policy=decision.policy_version,
        until_ms=decision.until_ms,
        profile_ms=0 if profile is None else profile.fetched_ms,
    )
