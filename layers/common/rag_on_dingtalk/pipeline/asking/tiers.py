"""The tiers of a bot's routes, as the stages use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.question_rules.matching import reason_of
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.knowledge.routing import instead, next_above

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.storage.conversations.sessions import Session

#: Failures of a backend that say nothing about the question.
OF_A_BACKEND = frozenset(
    (
        FailureKind.BUSY,
        FailureKind.UPSTREAM,
        FailureKind.UNREACHABLE,
        FailureKind.TIMEOUT,
        FailureKind.PAUSED,
        FailureKind.QUOTA,
        FailureKind.CONFIG_AUTH,
        FailureKind.CONFIG_TARGET,
    )
)


def tiers_of(context: TurnContext) -> dict[str, int]:
    """The tiers of the routes that have one, if the route of this question is one of them."""
    tiers = {route.name: route.tier for route in context.settings.all_routes if route.tier is not None}
    judged = context.judged
    return tiers if judged is not None and judged.decision.route in tiers else {}


def needs_conversation(context: TurnContext) -> bool:
    """Whether what the conversation has had may change the route."""
    asked = (route.when.question for route in context.settings.all_routes)
    return bool(tiers_of(context)) or any(one is not None and one.depth for one in asked)


def note_route(context: TurnContext) -> None:
    """Note the decided route, and the condition by which its rule took the question."""
    if context.judged is None:
        return
    name = context.judged.decision.route
    context.record.note(route=name)
    asked = next((one.when.question for one in context.settings.all_routes if one.name == name), None)
    reason = reason_of(asked)
    if reason or "routed" in context.record.outcome.facts:
        context.fact(routed=reason)


def offer_deeper(context: TurnContext) -> None:
    """A card that is created from now on has a button for a deeper answer, where there is one to be had."""
    judged = context.judged
    if judged is None:
        return
    deeper = next_above(tiers_of(context), _usable(context), judged.decision.route)
    context.sender.extras = ("deeper",) if deeper else ()


def turn_to_another(context: TurnContext) -> bool:
    """The backend failed: take the route of another tier, once; False where there is none."""
    judged = context.judged
    if judged is None or context.turned:
        return False
    other = instead(tiers_of(context), _usable(context), judged.decision.route)
    if not other:
        return False
    context.turned = True
    context.log("other_tier_asked", level="WARNING", route=judged.decision.route, other=other)
    take_route(context, other, "failure")
    return True


def take_route(context: TurnContext, name: str, reason: str) -> None:
    """Have that route answer, which the asker may use; the reason is noted with the question."""
    judged = context.judged
    if judged is None:
        return
    decision = context.access.decision_on(context.question.bot, context.settings, judged, name)
    if not decision.allowed:
        return
    context.judged = msgspec.structs.replace(judged, decision=decision)
    context.record.note(route=name)
    context.fact(routed=reason)


def with_route(context: TurnContext, session: Session) -> Session:
    """The session with the deepest route that has answered in it."""
    tiers = tiers_of(context)
    if not tiers or context.judged is None:
        return session
    route = context.judged.decision.route
    deepest = max((route, session.route), key=lambda one: tiers.get(one, 0))
    return msgspec.structs.replace(session, route=deepest)


def _usable(context: TurnContext) -> tuple[str, ...]:
    return context.access.permitted(context.question.bot, context.settings, context.judged)
