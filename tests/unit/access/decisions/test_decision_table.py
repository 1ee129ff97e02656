"""Sixty decisions, row by row: who × how deep × where × which roles, and the route and rule that decide."""

from __future__ import annotations

from typing import Any

import pytest

from rag_on_dingtalk.access.decision import Decision, decide
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.models.access import Grant, Profile, RoleHeld
from rag_on_dingtalk.settings.bots_document import convert_bots
from tests.builders import NOW_MS

BACKEND = {"kind": "anythingllm", "base_url": "https://kb.example", "api_key": "env:KEY", "workspace": "w"}
#: Departments 100 and below: finance 200 in it, with payroll 210 and audit 211 below that.
BOT: dict[str, Any] = {
    "dingtalk": {"client_id": "ding1", "client_secret": "env:SECRET"},
    "backends": dict.fromkeys(("general", "finance", "payroll", "deep", "board"), BACKEND),
    "routes": [
        {"name": "canteen", "use": "general", "when": {"groups": ["cidCanteen"]}},
        {"name": "finance", "use": "finance", "when": {"departments": [200]}},
        {"name": "payroll", "use": "payroll", "when": {"departments": [210]}},
        {"name": "board", "use": "board", "when": {"users": ["boss01"], "chat": "private"}},
        {"name": "invoices", "use": "finance", "when": {"question": {"words": ["发票", "Invoice"]}}},
        {"name": "hard", "use": "deep", "when": {"question": {"longer_than": 20}}},
        {"name": "everyone", "use": "general"},
    ],
    "roles": {"owner": ["boss01"]},
    "access": [
        {"name": "left", "deny": {"users": ["left01"]}, "quiet": True},
        {
            "name": "no-guests",
            "deny": {"external": True},
            "routes": ["finance", "payroll", "invoices", "hard"],
        },
        {"name": "interns", "deny": {"roles": ["实习生"]}, "routes": ["finance", "payroll"]},
        {"name": "finance-team", "allow": {"roles": ["财务"]}, "routes": ["finance", "invoices"]},
        {"name": "payroll-team", "allow": {"departments": [210]}, "routes": ["payroll"]},
        {
            "name": "in-canteen",
            "allow": {"departments": [100], "groups": ["cidCanteen"]},
            "routes": ["canteen"],
        },
        {"name": "managers", "allow": {"roles": ["岗位/主管"]}, "routes": ["hard"]},
    ],
}
(POLICY,) = (policy_of(bot) for bot in convert_bots({"bots": {"handbook": BOT}}).bots.values())

FINANCE, MANAGER, INTERN = RoleHeld("r1", "财务"), RoleHeld("r2", "主管", "岗位"), RoleHeld("r3", "实习生")
OTHER_MANAGER = RoleHeld("r4", "主管", "社团")
ROOT, COMPANY, FIN, PAY, AUDIT = (1,), (100, 1), (200, 100, 1), (210, 200, 100, 1), (211, 200, 100, 1)
DEEP, DEEPER = (219, 218, 210, 200, 100, 1), (300, 219, 218, 210, 200, 100, 1)
SALES = (400, 1)
SHORT, INVOICE, LONG = "年假?", "发票怎么开?", "请对比一下今年和去年的差旅标准有哪些不同之处?"
AWAY = object()

# who, chains (AWAY: the directory could not be asked), roles, group, question → route, allowed, rule, reason
ROWS = [
    # The depth of the chain, 0 to 5, and the nearest department.
    ("u", (), (), "", SHORT, "everyone", True, "", "open"),
    ("u", (ROOT,), (), "", SHORT, "everyone", True, "", "open"),
    ("u", (COMPANY,), (), "", SHORT, "everyone", True, "", "open"),
    ("u", (SALES,), (), "", SHORT, "everyone", True, "", "open"),
    ("u", (FIN,), (), "", SHORT, "finance", False, "finance-team", "not_allowed"),
    ("u", (FIN,), (FINANCE,), "", SHORT, "finance", True, "finance-team", "allow"),
    ("u", (AUDIT,), (FINANCE,), "", SHORT, "finance", True, "finance-team", "allow"),
    ("u", (AUDIT,), (), "", SHORT, "finance", False, "finance-team", "not_allowed"),
    ("u", (PAY,), (), "", SHORT, "payroll", True, "payroll-team", "allow"),
    ("u", (PAY,), (FINANCE,), "", SHORT, "payroll", True, "payroll-team", "allow"),
    ("u", (DEEP,), (), "", SHORT, "payroll", True, "payroll-team", "allow"),
    ("u", (DEEPER,), (), "", SHORT, "payroll", True, "payroll-team", "allow"),
    # In several departments the nearest of all decides.
    ("u", (SALES, FIN), (FINANCE,), "", SHORT, "finance", True, "finance-team", "allow"),
    ("u", (FIN, SALES), (FINANCE,), "", SHORT, "finance", True, "finance-team", "allow"),
    ("u", (FIN, DEEP), (FINANCE,), "", SHORT, "finance", True, "finance-team", "allow"),
    ("u", (FIN, PAY), (), "", SHORT, "finance", False, "finance-team", "not_allowed"),
    ("u", (AUDIT, PAY), (), "", SHORT, "payroll", True, "payroll-team", "allow"),
    ("u", (SALES, COMPANY), (), "", SHORT, "everyone", True, "", "open"),
    # Deny wins over allow, over the own department and over every role.
    ("u", (FIN,), (INTERN,), "", SHORT, "finance", False, "interns", "deny"),
    ("u", (FIN,), (FINANCE, INTERN), "", SHORT, "finance", False, "interns", "deny"),
    ("u", (PAY,), (INTERN,), "", SHORT, "payroll", False, "interns", "deny"),
    ("u", (SALES,), (INTERN,), "", SHORT, "everyone", True, "", "open"),
    ("left01", (COMPANY,), (), "", SHORT, "everyone", False, "left", "deny"),
    ("left01", (PAY,), (FINANCE,), "", SHORT, "payroll", False, "left", "deny"),
    ("left01", AWAY, (), "", SHORT, "everyone", False, "left", "deny"),
    # A person who is named goes before every department, but only in the chat the route is for.
    ("boss01", (COMPANY,), (), "", SHORT, "board", True, "", "open"),
    ("boss01", (PAY,), (), "", SHORT, "board", True, "", "open"),
    ("boss01", (COMPANY,), (), "cidX", SHORT, "everyone", True, "", "open"),
    ("boss01", (PAY,), (), "cidX", SHORT, "payroll", True, "payroll-team", "allow"),
    ("boss01", AWAY, (), "", SHORT, "board", True, "", "open"),
    # A group only narrows: an invitation into it gives nothing.
    ("u", (COMPANY,), (), "cidCanteen", SHORT, "canteen", True, "in-canteen", "allow"),
    ("u", (SALES,), (), "cidCanteen", SHORT, "canteen", False, "in-canteen", "not_allowed"),
    ("u", (), (), "cidCanteen", SHORT, "canteen", False, "in-canteen", "not_allowed"),
    ("u", (COMPANY,), (), "cidOther", SHORT, "everyone", True, "", "open"),
    ("u", (FIN,), (FINANCE,), "cidCanteen", SHORT, "finance", True, "finance-team", "allow"),
    ("", (), (), "cidCanteen", SHORT, "canteen", False, "in-canteen", "not_allowed"),
    # The question itself: words in any case and width, and length; a department still goes first.
    ("u", (SALES,), (), "", INVOICE, "invoices", False, "finance-team", "not_allowed"),
    ("u", (SALES,), (FINANCE,), "", INVOICE, "invoices", True, "finance-team", "allow"),
    ("u", (SALES,), (FINANCE,), "", "ＩＮＶＯＩＣＥ?", "invoices", True, "finance-team", "allow"),
    ("u", (SALES,), (FINANCE,), "cidX", INVOICE, "invoices", True, "finance-team", "allow"),
    ("u", (PAY,), (), "", INVOICE, "payroll", True, "payroll-team", "allow"),
    ("u", (SALES,), (), "", LONG, "hard", False, "managers", "not_allowed"),
    ("u", (SALES,), (MANAGER,), "", LONG, "hard", True, "managers", "allow"),
    ("u", (SALES,), (OTHER_MANAGER,), "", LONG, "hard", False, "managers", "not_allowed"),
    ("u", (SALES,), (MANAGER,), "", SHORT, "everyone", True, "", "open"),
    ("u", (SALES,), (MANAGER,), "", LONG[:20], "everyone", True, "", "open"),
    ("u", (FIN,), (FINANCE,), "", LONG, "finance", True, "finance-team", "allow"),
    ("u", (SALES,), (MANAGER,), "", LONG + INVOICE, "invoices", False, "finance-team", "not_allowed"),
    # People from outside the organisation, and those who have left it.
    ("", (), (), "cidX", SHORT, "everyone", True, "", "open"),
    ("", (), (), "cidX", INVOICE, "invoices", False, "no-guests", "deny"),
    ("", (), (), "cidX", LONG, "hard", False, "no-guests", "deny"),
    ("gone", None, (), "", INVOICE, "invoices", False, "no-guests", "deny"),
    ("gone", None, (), "", SHORT, "everyone", True, "", "open"),
    # The directory cannot be asked: least rights, whatever they were yesterday.
    ("u", AWAY, (), "", SHORT, "everyone", True, "", "open"),
    ("u", AWAY, (), "", INVOICE, "invoices", False, "no-guests", "least_rights"),
    ("u", AWAY, (), "", LONG, "hard", False, "no-guests", "least_rights"),
    ("u", AWAY, (), "cidCanteen", SHORT, "canteen", False, "in-canteen", "least_rights"),
    ("", AWAY, (), "cidX", SHORT, "everyone", True, "", "open"),
    ("", AWAY, (), "cidX", INVOICE, "invoices", False, "no-guests", "deny"),
    ("boss01", AWAY, (), "cidX", INVOICE, "invoices", False, "no-guests", "least_rights"),
]


def decided(user: str, chains: Any, roles: Any, group: str, text: str, *grants: Grant) -> Decision:
    """What the policy above says."""
    profile = None
    if chains is not AWAY:
        profile = Profile(chains or (), roles, found=bool(user) and chains is not None)
    return decide(POLICY, facts_of(user, user, profile, group=group, text=text), grants, NOW_MS)


def test_the_table_has_sixty_rows_none_of_them_twice() -> None:
    assert (
        len({row[:5] if row[1] is not AWAY else ("away", row[0], *row[2:5]) for row in ROWS})
        == len(ROWS)
        >= 60
    )


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{number:02d}-{row[5]}-{row[8]}" for number, row in enumerate(ROWS, 1)]
)
def test_each_row_is_decided_by_the_rule_it_names(row: tuple[Any, ...]) -> None:
    decision = decided(*row[:5])

    assert (decision.route, decision.allowed, decision.rule, decision.reason) == row[5:]
    assert decision.policy_version == POLICY.version
    assert decision.quiet == (decision.rule == "left")


def a_grant(route: str, begin: int = -1, end: int = 1000, user: str = "u") -> Grant:
    """A right around the moment of the decision."""
    return Grant("g1", "handbook", user, route, NOW_MS + begin, NOW_MS + end, "boss01")


GRANTED = [
    # chains, roles, question, the grant → route, allowed, reason
    ((SALES,), (), SHORT, a_grant("finance"), "finance", True, "grant"),
    ((SALES,), (), INVOICE, a_grant("invoices"), "invoices", True, "grant"),
    ((SALES,), (), SHORT, a_grant("invoices"), "everyone", True, "open"),
    (AWAY, (), SHORT, a_grant("everyone"), "everyone", True, "grant"),
    ((SALES,), (), INVOICE, a_grant("invoices", end=1), "invoices", True, "grant"),
    # It is over in the millisecond in which it ends, and not begun before it begins.
    ((SALES,), (), INVOICE, a_grant("invoices", end=0), "invoices", False, "not_allowed"),
    ((SALES,), (), INVOICE, a_grant("invoices", begin=1), "invoices", False, "not_allowed"),
    ((SALES,), (), INVOICE, a_grant("invoices", begin=0), "invoices", True, "grant"),
    # Deny beats it, and a directory that could not be asked does, where a rule might deny.
    ((SALES,), (INTERN,), SHORT, a_grant("finance"), "finance", False, "deny"),
    (AWAY, (), INVOICE, a_grant("invoices"), "invoices", False, "least_rights"),
    # It is for one route, and another route's department does not take it away.
    ((PAY,), (), SHORT, a_grant("hard"), "payroll", True, "allow"),
]


@pytest.mark.parametrize(
    "row", GRANTED, ids=[f"{number}-{row[4]}-{row[6]}" for number, row in enumerate(GRANTED, 1)]
)
def test_a_grant_opens_its_route_for_as_long_as_it_lives(row: tuple[Any, ...]) -> None:
    chains, roles, text, grant, *expected = row

    decision = decided("u", chains, roles, "", text, grant)

    assert [decision.route, decision.allowed, decision.reason] == expected
    if decision.reason == "grant":
        assert (decision.rule, decision.until_ms) == ("grant:g1", grant.until_ms)


def test_a_canary_takes_the_same_people_every_time_and_about_its_part() -> None:
    bot = {
        **{key: value for key, value in BOT.items() if key not in ("access", "roles")},
        "backends": {"general": BACKEND, "next": BACKEND},
        "routes": [
            {"name": "canary", "use": "next", "when": {"percent": 10}},
            {"name": "everyone", "use": "general"},
        ],
    }
    policy = policy_of(convert_bots({"bots": {"handbook": bot}}).bots["handbook"])

    def drawn(user: str) -> str:
        return decide(policy, facts_of(user, user, None), (), NOW_MS).route

    people = [f"user{number:04d}" for number in range(2_000)]
    first = [drawn(user) for user in people]

    assert [drawn(user) for user in people] == first
    assert 150 < first.count("canary") < 250
