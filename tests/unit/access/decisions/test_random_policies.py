"""Ten thousand random policies: the bot decides as a naive reading of the settings does."""

from __future__ import annotations

from collections import Counter
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.decision import decide
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from tests.builders import NOW_MS
from tests.examples import cases
from tests.unit.access.decisions import oracle
from tests.unit.access.decisions.policies import a_person, a_policy, profile_of, some_grants

if TYPE_CHECKING:
    from rag_on_dingtalk.access.decision import Decision
    from rag_on_dingtalk.access.matching import Facts
    from tests.unit.access.decisions.oracle import Person

#: Each is a policy, a person who asks, and what that person was lent.
EXAMPLES = 10_000


def facts(person: Person, *, known: bool) -> Facts:
    """What the bot knows; without the directory it knows neither departments nor roles."""
    profile = profile_of(person) if known else None
    return facts_of(person.user, person.user, profile, group=person.group, text=person.text)


def decided_as_written(seed: int) -> Decision:
    """One random case against the naive reading; the decision with the directory away."""
    random = Random(seed)  # noqa: S311 - test data
    bot, person = a_policy(random), a_person(random)
    grants = some_grants(random, person.user)
    policy, granted = policy_of(bot), oracle.granted_now(grants, NOW_MS)
    expected = oracle.expected_route(bot, person, granted)
    may = expected is not None and oracle.may(bot, person, expected.name, granted)

    decision = decide(policy, facts(person, known=True), grants, NOW_MS)

    assert decision.route == decision.use == ("" if expected is None else expected.name)
    assert decision.allowed == may
    assert decision.reason != "least_rights"
    lent = decision.allowed and bool(oracle.names_of(bot, decision.route) & granted)
    assert (decision.until_ms > NOW_MS) == lent
    unknowing = decide(policy, facts(person, known=False), grants, NOW_MS)
    # Whatever the bot knows: the truth must allow what it answers.
    if unknowing.allowed:
        assert oracle.may(bot, person, unknowing.route, granted)
    return unknowing


def test_no_answer_comes_from_a_route_outside_the_rules() -> None:
    """Other policies every time; the number of the one that failed stands in the failure."""
    first = SystemRandom().randrange(2**64)
    for seed in cases(range(first, first + EXAMPLES)):
        try:
            decided_as_written(seed)
        except AssertionError as wrong:
            raise AssertionError(f"decided_as_written({seed})") from wrong


def test_the_random_policies_reach_every_reason() -> None:
    """A generator that never denied would prove nothing."""
    reasons = Counter(decided_as_written(seed).reason for seed in range(2_000))

    assert set(reasons) == {"open", "allow", "grant", "deny", "not_allowed", "least_rights", "no_route"}
    assert min(reasons.values()) >= 10, reasons
