"""Random policies and people, each from one number: small worlds in which rules meet often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from rag_on_dingtalk.models.access import Grant, Profile, RoleHeld
from rag_on_dingtalk.settings.sections.access import AccessRule, QuestionWords, Route, Subjects, When
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from tests.builders import NOW_MS, a_bot
from tests.unit.access.decisions.oracle import Person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from rag_on_dingtalk.settings.bot import Bot

T = TypeVar("T")

USERS = ("user0001", "user0002", "user0003")
ROLES = (("r1", "财务", "职能"), ("r2", "主管", "岗位"), ("r3", "主管", "职能"))
NAMES = ("r1", "财务", "r2", "主管", "岗位/主管", "r3")
DEPARTMENTS = (1, 10, 11, 12, 13, 20, 21)
#: A tree by its chains: each department, its parents, and the organisation.
CHAINS = ((1,), (10, 1), (11, 10, 1), (12, 11, 10, 1), (20, 1), (21, 20, 1), (13, 12, 11, 10, 1))
GROUPS = ("cidA", "cidB")
WORDS = ("年假", "报销", "ABC")
TEXTS = ("年假?", "ａｂｃ怎么报销发票？", "你好")
NAMED = ("finance", "hr", "it", "everyone", "deep")
#: Around NOW_MS: not begun, living, ending now, over.
SPANS = ((-10, 10), (-10, 0), (-10, 1), (0, 5), (5, 10), (-20, -10))
_BACKEND = AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="w")


def a_policy(random: Random) -> Bot:
    """A bot with one to five routes and up to four rules."""
    names = random.sample(NAMED, random.randint(1, 5))
    routes = tuple(
        Route(name=name, use=name, when=When() if random.random() < 0.4 else _when(random)) for name in names
    )
    rules = tuple(_rule(random, names) for _ in range(random.randint(0, 4)))
    return a_bot(backend=None, backends=dict.fromkeys(names, _BACKEND), routes=routes, access=rules)


def a_person(random: Random) -> Person:
    """A member in up to two departments, one who has left, or someone from outside."""
    group, text = random.choice(("", *GROUPS)), random.choice(TEXTS)
    if random.random() < 0.2:
        return Person(user="", member=False, group=group, text=text)
    return Person(
        user=random.choice(USERS),
        chains=_few(random, CHAINS),
        roles=_few(random, ROLES),
        member=random.random() < 0.8,
        group=group,
        text=text,
    )


def some_grants(random: Random, user: str) -> tuple[Grant, ...]:
    """Up to two rights of one person."""
    return tuple(
        Grant(f"g{number}", "handbook", user, random.choice(NAMED), NOW_MS + begin, NOW_MS + end, "boss")
        for number, (begin, end) in enumerate(random.choices(SPANS, k=random.randint(0, 2)))
        if user
    )


def profile_of(person: Person) -> Profile:
    """What an honest directory says about the person."""
    held = tuple(RoleHeld(id_, name, group) for id_, name, group in person.roles)
    return Profile(person.chains, held, found=person.member)


def _few(random: Random, values: Sequence[T]) -> tuple[T, ...]:
    return tuple(random.sample(values, random.randint(0, 2)))


def _fields(random: Random) -> dict[str, Any]:
    def perhaps(values: Sequence[T]) -> tuple[T, ...]:
        return _few(random, values) if random.random() < 0.5 else ()

    return {
        "users": perhaps(USERS),
        "roles": perhaps(NAMES),
        "departments": perhaps(DEPARTMENTS),
        "groups": perhaps(GROUPS) if random.random() < 0.4 else (),
        "chat": random.choice((None, None, None, None, "private", "group")),
        "external": random.choice((None, None, None, None, True, False)),
    }


def _when(random: Random) -> When:
    words = QuestionWords(words=_few(random, WORDS), longer_than=random.choice((0, 0, 5, 9)))
    return When(
        **_fields(random),
        question=words if random.random() < 0.3 else None,
        percent=random.choice((None, None, None, 30, 70)),
    )


def _rule(random: Random, names: Sequence[str]) -> AccessRule:
    whom, about = (
        Subjects(**_fields(random)),
        tuple(random.sample(names, random.randint(0, min(2, len(names))))),
    )
    if random.random() < 0.6:
        return AccessRule(allow=whom, routes=about)
    return AccessRule(deny=whom, routes=about, quiet=random.random() < 0.5)
