"""One access decision: 200 rules, and an asker four departments deep in several; the bound is 1 ms."""

from __future__ import annotations

import time

from rag_on_dingtalk.access.decision import decide
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.models.access import Profile, RoleHeld
from rag_on_dingtalk.settings.sections.access import AccessRule, QuestionWords, Route, Subjects, When
from tests.bench.table import print_table, quantile
from tests.builders import NOW_MS, a_bot

_RULES, _ROUTES, _CHAIN, _ROUNDS = 200, 20, 6, 2_000


def report() -> None:
    """Print the median and the slowest hundredth."""
    plain = a_bot()
    assert plain.backend is not None
    routes = tuple(
        Route(name=f"r{number}", use="kb", when=When(question=QuestionWords(words=(f"词{number}",))))
        for number in range(_ROUTES - 1)
    )
    rules = tuple(
        AccessRule(allow=Subjects(departments=(number + 1_000,), roles=(f"role{number}",)))
        if number % 2
        else AccessRule(deny=Subjects(departments=(number + 1_000,), users=(f"user{number}",)))
        for number in range(_RULES)
    )
    bot = a_bot(
        backend=None,
        backends={"kb": plain.backend},
        routes=(*routes, Route(name="everyone", use="kb")),
        access=rules,
    )
    policy = policy_of(bot)
    profile = Profile((tuple(range(7, 7 - _CHAIN, -1)),) * 3, (RoleHeld("role1", "role1"),))
    taken = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        facts = facts_of("someone", "someone", profile, text="年假有几天？" * 20)
        decide(policy, facts, (), NOW_MS)
        taken.append((time.process_time() - began) * 1000)
    print_table(
        f"One access decision: {_RULES} rules, {_ROUTES} routes, chains of {_CHAIN}",
        ("CPU", "ms", "bound"),
        [
            ("median", f"{quantile(taken, 0.5):.2f}", "1"),
            ("99 of 100 within", f"{quantile(taken, 0.99):.2f}", "1"),
        ],
    )


if __name__ == "__main__":
    report()
