"""A decision in plain lines: what is known of the asker, which rule decides, and every route. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.decision import decide, decide_route, is_for
from rag_on_dingtalk.access.granting import moment
from rag_on_dingtalk.access.matching import facts_of, question_holds
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.access.question_rules.matching import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rag_on_dingtalk.access.decision import Decision
    from rag_on_dingtalk.models.access import Grant, Profile
    from rag_on_dingtalk.settings.bot import Bot

#: What each reason means, for the administrator.
WHY = {
    "open": "no rule restricts this route",
    "allow": "a rule allows it",
    "grant": "a grant allows it",
    "deny": "a rule denies it, and deny wins",
    "not_allowed": "others are allowed this route, and the asker is not among them",
    "least_rights": "the directory could not be asked, and the asker may be one who may not",
    "no_route": "no route takes this question",
}


def explained(  # noqa: PLR0913 - one argument a thing known
    bot: Bot,
    user: str,
    profile: Profile | None,
    *,
    group: str,
    text: str,
    grants: Iterable[Grant],
    now_ms: int,
    name: str = "",
    files: bool = False,
    depth: int = 0,
) -> Iterator[str]:
    """The lines, the decision first.

    name: the bot's, by which people are drawn for its experiments; they are taken to run.
    files: pictures or files come with the question. depth: questions asked in the conversation before it.
    """
    policy, grants = policy_of(bot, name), tuple(grants)
    facts = facts_of(user, user, profile, group=group, text=text, files=files)
    facts = msgspec.structs.replace(facts, depth=depth)
    decision = decide(policy, facts, grants, now_ms)
    yield told(decision)
    if decision.arm:
        yield f"experiments: {decision.arm}"
    routes = {route.name: route for route in policy.routes}
    if reason := reason_of(routes[decision.route].when.question if decision.route else None):
        yield f"routed by the question: {reason}"
    yield f"policy {policy.version}"
    if user and profile is None:
        yield "departments and roles: not known"
    elif user and profile is not None:
        chains = "; ".join(" < ".join(str(one) for one in chain) for chain in profile.chains)
        yield f"departments: {chains or 'none'}"
        yield f"roles: {', '.join(f'{role.name} ({role.id})' for role in profile.roles) or 'none'}"
    living = {grant.route: grant for grant in grants if grant.lives(now_ms) and is_for(grant, facts)}
    yield "Each route by itself:"
    for route in policy.routes:
        tier = f", tier {route.tier}" if route.tier is not None else ""
        takes = "" if question_holds(route.name, route.when, facts) else " (not this question)"
        yield f"  {told(decide_route(policy, route, facts, living.get(route.name)))}{tier}{takes}"


def told(decision: Decision) -> str:
    """One decision.

    >>> from rag_on_dingtalk.access.policy import Decision
    >>> told(Decision(False, "no-guests", "deny", "v1", route="finance"))
    'REFUSED finance, by no-guests: a rule denies it, and deny wins'
    """
    what = "ALLOWED" if decision.allowed else "REFUSED"
    rule = f", by {decision.rule}" if decision.rule else ""
    until = f" (until {moment(decision.until_ms)} Beijing time)" if decision.until_ms else ""
    return f"{what} {decision.route or '-'}{rule}: {WHY[decision.reason]}{until}"
