"""A mistake in routes, rules or roles is named when bots.yaml is read, not when a question comes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_document import convert_bots
from tests.unit.access.decisions.test_decision_table import BACKEND, BOT

ROUTES = [
    {"name": "finance", "use": "finance", "when": {"departments": [200]}},
    {"name": "everyone", "use": "general"},
]
GOOD: dict[str, Any] = {
    "dingtalk": BOT["dingtalk"],
    "backends": {"general": BACKEND, "finance": BACKEND},
    "routes": ROUTES,
    "roles": {"owner": ["boss01"]},
    "access": [{"allow": {"departments": [1]}, "routes": ["everyone"]}],
}


def loaded(**changes: Any) -> None:
    """Read a bot that is right except for the changes; None takes a setting out."""
    bot = {key: value for key, value in {**copy.deepcopy(GOOD), **changes}.items() if value is not None}
    convert_bots({"bots": {"handbook": bot}})


def rule(kind: str = "allow", routes: Any = ("everyone",), **more: Any) -> dict[str, Any]:
    """One rule."""
    subjects = more.pop("subjects", {"departments": [1]})
    return {kind: subjects, "routes": list(routes), **more}


def route(name: str, use: str = "general", **when: Any) -> dict[str, Any]:
    """One route."""
    return {"name": name, "use": use, **({"when": when} if when else {})}


def test_the_bot_that_the_mistakes_are_made_in_is_right() -> None:
    loaded()


def test_a_plain_backend_needs_neither_routes_nor_roles() -> None:
    loaded(backend=BACKEND, backends=None, routes=None, roles=None, access=None)


OTHERS = [route("finance", "finance", departments=[200]), route("everyone")]
MISTAKES: list[tuple[dict[str, Any], str]] = [
    # Backends.
    ({"backend": BACKEND}, "either `backend`"),
    ({"backends": None}, "either `backend`"),
    ({"routes": None}, "no `routes`"),
    (
        {"backends": {"general": BACKEND, "finance": BACKEND, "spare": BACKEND}},
        "backends.spare is used by no route",
    ),
    (
        {"backends": {"general": BACKEND, "finance": {**BACKEND, "base_url": "kb"}}},
        "backends.finance.base_url",
    ),
    ({"backends": {"general": BACKEND, "finance": {**BACKEND, "api_key": "k"}}}, "backends.finance.api_key"),
    # Routes.
    ({"routes": [route("finance", "finanse"), *OTHERS[1:]]}, "uses the backend 'finanse'"),
    ({"routes": [*OTHERS, route("everyone", chat="group")]}, "two are called 'everyone'"),
    ({"routes": [*OTHERS, route("empty", question={})]}, "empty `question`"),
    ({"routes": [route("a", "finance", users=["u", "u"]), *OTHERS[1:]]}, "there twice"),
    ({"routes": [route("a", "finance", departments=["财务部"]), *OTHERS[1:]]}, "departments"),
    ({"routes": [route("a", "finance", percent=100), *OTHERS[1:]]}, "percent"),
    ({"routes": [route("bad name", "finance"), *OTHERS[1:]]}, "name"),
    # Canaries.
    ({"routes": [OTHERS[0], route("new", percent=10)]}, "no route answers the people who are not in it"),
    (
        {"routes": [OTHERS[0], route("new", percent=10), route("g", chat="group")]},
        "no route answers the people",
    ),
    (
        {"routes": [OTHERS[0], {**route("new", users=["u"]), "experiment": "new"}]},
        "no route answers the people",
    ),
    ({"canary": {"margin_points": 0}}, "margin_points"),
    # Ties.
    ({"routes": [*OTHERS, route("again", departments=[200])]}, "have the same `when`, a tie"),
    ({"routes": [*OTHERS, route("again", departments=[200, 300])]}, "both name departments 200, a tie"),
    (
        {"routes": [route("a", "finance", users=["u", "v"]), route("b", users=["v"])]},
        "both name users v, a tie",
    ),
    # Never reached.
    ({"routes": [*OTHERS, route("late", groups=["cidA"])]}, "late is never reached, because everyone"),
    ({"routes": [*OTHERS, route("late", question={"words": ["a"]})]}, "late is never reached"),
    (
        {
            "routes": [
                OTHERS[0],
                route("a", question={"words": ["x", "y"]}),
                route("b", question={"words": ["x"]}),
                OTHERS[1],
            ]
        },
        "b is never reached, because a",
    ),
    (
        {
            "routes": [
                OTHERS[0],
                route("a", question={"longer_than": 5}),
                route("b", question={"longer_than": 9}),
                OTHERS[1],
            ]
        },
        "b is never reached",
    ),
    (
        {
            "routes": [
                OTHERS[0],
                route("a", chat="group"),
                route("b", chat="group", groups=["cidA"]),
                OTHERS[1],
            ]
        },
        "b is never",
    ),
    # Rules.
    ({"access": [{"routes": ["everyone"]}]}, "either `allow` or `deny`"),
    ({"access": [{**rule(), "deny": {"users": ["u"]}}]}, "either `allow` or `deny`"),
    ({"access": [rule(routes=["finanse"])]}, "names the route 'finanse'"),
    ({"access": [rule(quiet=True)]}, "quiet"),
    ({"access": [rule("deny", subjects={})]}, "denies everyone"),
    ({"access": [rule(subjects={"groups": ["cidA"]})]}, "a group by itself authorises no person"),
    ({"access": [rule(name="a"), rule(name="a", subjects={"users": ["u"]})]}, "two are called 'a'"),
    ({"access": [rule(), rule(routes=())]}, "say the same"),
    ({"access": [rule(), rule("deny")]}, "allow-1 and deny-2 contradict each other"),
    (
        {"access": [rule("deny", (), subjects={"departments": [1, 2]}), rule()]},
        "allow-2 and deny-1 contradict",
    ),
    (
        {
            "access": [
                rule("deny", subjects={"external": False}),
                rule(subjects={"users": ["u"], "external": False}),
            ]
        },
        "contradict",
    ),
    # Roles.
    ({"roles": None}, "names no owner"),
    ({"roles": {"owner": []}}, "names no owner"),
    ({"access": None, "roles": {"operator": ["ops01"]}}, "names no owner"),
    ({"roles": {"owner": ["boss01"], "auditor": ["a"], "operator": ["a"]}}, "an auditor changes nothing"),
    ({"roles": {"owner": ["boss01"], "king": ["a"]}}, "king"),
]


@pytest.mark.parametrize(
    ("changes", "told"),
    MISTAKES,
    ids=[f"{number:02d}-{told[:30]}" for number, (_, told) in enumerate(MISTAKES, 1)],
)
def test_a_mistake_is_named(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        loaded(**changes)

    assert told in str(raised.value)
    assert "bots.handbook" in str(raised.value)


RIGHT: list[dict[str, Any]] = [
    # A department below another one is nearer: no tie. A canary before everyone takes only a part.
    {"routes": [*OTHERS, route("payroll", departments=[210])]},
    {"routes": [OTHERS[0], route("canary", percent=10), OTHERS[1]]},
    # A route that names a person goes first, wherever it is written.
    {"routes": [*OTHERS, route("boss", users=["boss01"])]},
    {"routes": [route("everyone"), route("finance", "finance", departments=[200])]},
    # The same department in a group and out of it.
    {"routes": [route("both", departments=[200], groups=["cidA"]), *OTHERS]},
    # A denial of a part is no contradiction.
    {"access": [rule(), rule("deny", subjects={"departments": [1], "roles": ["实习生"]})]},
    {"access": [rule(), rule("deny", ["finance"])]},
    {"access": [rule(subjects={})]},
]


@pytest.mark.parametrize("changes", RIGHT, ids=range(len(RIGHT)))
def test_what_only_looks_like_a_mistake_is_accepted(changes: dict[str, Any]) -> None:
    loaded(**changes)
