"""A bot's policy → a decision on one question. Pure.

The order is Cedar's, with rights that end in between: deny beats a grant, a grant beats allow, and where a
rule allows a route everyone else is refused it. Every decision names what decided it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.access.canary.arms import RUNNING, Trials, opened_for
from rag_on_dingtalk.access.matching import (
    Facts,
    Holds,
    depth_of,
    holds,
    where_holds,
    who_holds,
    words_hold,
)
from rag_on_dingtalk.access.policy import names_people
from rag_on_dingtalk.models.experiments import CANARY, STABLE, Arm, arm_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rag_on_dingtalk.access.policy import NamedRules, Policy
    from rag_on_dingtalk.models.access import Grant
    from rag_on_dingtalk.settings.sections.access import Route

#: open: no rule restricts the route. allow, grant, deny: a rule or a grant decided. not_allowed: others are
#: allowed the route. least_rights: the directory could not be asked, and it may be that the asker may not.
#: no_route: no route takes the question.
Reason = Literal["open", "allow", "grant", "deny", "not_allowed", "least_rights", "no_route"]

_FARTHEST = 1 << 30


class Decision(msgspec.Struct, frozen=True):
    """Whether a question may be answered, and by which route.

    rule: what decided: a rule's name, `grant:` and its id, or empty.
    policy_version: of the routes and rules that were asked.
    until_ms: from then on it must be decided anew; 0: time alone changes nothing.
    route, use: the route and its backend; empty with `no_route`.
    quiet: the refused person gets no answer at all.
    arm: the arms of the bot's experiments that the question is in, as `models.experiments.arm_text` writes
        them; empty: none. opened: the experiments' routes that are open to the asker.
    """

    allowed: bool
    rule: str
    reason: Reason
    policy_version: str
    until_ms: int = 0
    route: str = ""
    use: str = ""
    quiet: bool = False
    arm: str = ""
    opened: tuple[str, ...] = ()


def decide(
    policy: Policy, facts: Facts, grants: Iterable[Grant], now_ms: int, trials: Trials = RUNNING
) -> Decision:
    """Whether this question may be answered now, and by which route.

    grants: of this bot to the asker and to departments; those that have ended, or are of a department that
        the asker is not known to be in, count for nothing.
    trials: how the bot's experiments stand.
    """
    living = _living(policy, facts, grants, now_ms)
    opened = opened_for(policy.experiments, trials, bot=policy.bot, key=facts.key)
    route = _route_for(policy, facts, living, opened)
    if route is None:
        unsure = any(who_holds(one.when, facts) is Holds.MAYBE for one in policy.routes)
        reason: Reason = "least_rights" if unsure else "no_route"
        return Decision(allowed=False, rule="", reason=reason, policy_version=policy.version, opened=opened)
    decision = decide_route(policy, route, facts, living.get(route.name))
    if not policy.experiments:
        return decision
    if trials.kept is not None:
        arm = trials.kept.arm
    else:
        arm = arm_text(_arms(policy, route, facts, living, trials, opened))
    return msgspec.structs.replace(decision, arm=arm, opened=opened)


def permitted(
    policy: Policy, facts: Facts, grants: Iterable[Grant], now_ms: int, opened: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The names of all routes that the asker may use here at this moment, whatever the question is.

    opened: the experiments' routes that are open to the asker.
    """
    living = _living(policy, facts, grants, now_ms)
    return tuple(
        route.name
        for route in policy.routes
        if (not route.of_experiment or route.name in opened)
        and (route.name in living or who_holds(route.when, facts) is Holds.YES)
        and where_holds(route.when, facts)
        and decide_route(policy, route, facts, living.get(route.name)).allowed
    )


def is_for(grant: Grant, facts: Facts) -> bool:
    """Whether a grant is the asker's; who is in a department only the directory knows."""
    return not grant.department or (facts.depths is not None and grant.department in facts.depths)


def decide_route(policy: Policy, route: Route, facts: Facts, grant: Grant | None) -> Decision:
    """Whether the asker may use this very route.

    grant: one that lives.
    """
    denied, name, quiet = _surest(policy.denying[route.name], facts)
    allowed, opens, _ = _surest(policy.allowing[route.name], facts)
    reason: Reason
    if denied is not Holds.NO:
        reason = "deny" if denied is Holds.YES else "least_rights"
    elif grant is not None:
        reason, name = "grant", f"grant:{grant.id}"
    elif not policy.allowing[route.name]:
        reason, name = "open", ""
    else:
        reason, name = _BY_ALLOWANCE[allowed], opens
    passes = reason in ("open", "allow", "grant")
    return Decision(
        allowed=passes,
        rule=name,
        reason=reason,
        policy_version=policy.version,
        until_ms=grant.until_ms if grant is not None and passes else 0,
        route=route.name,
        use=route.use,
        quiet=quiet and reason == "deny",
    )


_BY_ALLOWANCE: dict[Holds, Reason] = {
    Holds.YES: "allow",
    Holds.MAYBE: "least_rights",
    Holds.NO: "not_allowed",
}


def _surest(rules: NamedRules, facts: Facts) -> tuple[Holds, str, bool]:
    """How surely one of the rules holds, the first such rule's name, and whether it is quiet.

    Where none holds it is the first rule's name: what would have to hold.
    """
    found = [(holds(rule.subjects, facts), name, rule.quiet) for name, rule in rules]
    if not found:
        return Holds.NO, "", False
    held, name, quiet = max(found, key=lambda one: one[0])
    return held, name, quiet


def _route_for(
    policy: Policy, facts: Facts, grants: Mapping[str, Grant], opened: tuple[str, ...]
) -> Route | None:
    taking = (
        (_distance(route, facts, granted=route.name in grants), number, route)
        for number, route in enumerate(policy.routes)
        if (not route.of_experiment or route.name in opened)
        and _takes(route, facts, granted=route.name in grants)
    )
    return min(taking, key=lambda one: one[:2], default=(0, 0, None))[2]


def _takes(route: Route, facts: Facts, *, granted: bool) -> bool:
    when = route.when
    who = granted or who_holds(when, facts) is Holds.YES
    return who and where_holds(when, facts) and words_hold(when, facts)


def _arms(
    policy: Policy,
    route: Route,
    facts: Facts,
    grants: Mapping[str, Grant],
    trials: Trials,
    opened: tuple[str, ...],
) -> dict[str, Arm]:
    """Of every experiment the question is in: the canary answers it, or would if its asker were drawn."""
    arms: dict[str, Arm] = {}
    for one in policy.experiments:
        if trials.state(one.name) != "running":
            continue
        if route in one.routes:
            arms[one.name] = CANARY
        elif one.draws:
            if _route_for(policy, facts, grants, (*opened, *(own.name for own in one.routes))) in one.routes:
                arms[one.name] = STABLE
        elif all(who_holds(own.when, facts) is not Holds.YES for own in one.routes):
            # It names its people and draws none: they are compared with everyone else.
            arms[one.name] = STABLE
    return arms


def _distance(route: Route, facts: Facts, *, granted: bool) -> int:
    """A route that names the asker is the nearest; a grant does the same where the route names people."""
    if route.when.users or (granted and names_people(route)):
        return -1
    depth = depth_of(route.when, facts)
    return _FARTHEST if depth is None else depth


def _living(policy: Policy, facts: Facts, grants: Iterable[Grant], now_ms: int) -> dict[str, Grant]:
    """The asker's grants that hold now, by route; one for a stable route holds for its canary, too."""
    living = {
        grant.route: grant
        for grant in sorted(grants, key=_ends)
        if grant.lives(now_ms) and is_for(grant, facts)
    }
    for canary, stable in policy.stable.items():
        if stable in living:
            living.setdefault(canary, living[stable])
    return living


def _ends(grant: Grant) -> int:
    return grant.until_ms
