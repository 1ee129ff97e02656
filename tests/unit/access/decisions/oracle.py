"""A second evaluator of routes and rules: as naive as the documentation, written from it, not from the code.

It knows the truth about the asker; where the bot does not (the directory is away), what the bot may answer
must be a part of what this one allows.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag_on_dingtalk.settings.checks.covering import stable_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag_on_dingtalk.models.access import Grant
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.sections.access import Route, Subjects


@dataclass(frozen=True)
class Person:
    """The truth about one asker and one question."""

    user: str = "user0001"
    chains: tuple[tuple[int, ...], ...] = ()
    roles: tuple[tuple[str, str, str], ...] = ()
    member: bool = True
    group: str = ""
    text: str = "年假有几天？"


def who(subjects: Subjects, person: Person) -> bool:
    """The words of the settings, one after the other."""
    if subjects.users and person.user not in subjects.users:
        return False
    if subjects.departments:
        above = {one for chain in person.chains for one in chain}
        if not above & set(subjects.departments):
            return False
    if subjects.roles:
        names = {id_ for id_, _, _ in person.roles} | {name for _, name, _ in person.roles}
        names |= {f"{group}/{name}" for _, name, group in person.roles}
        if not names & set(subjects.roles):
            return False
    return subjects.external is None or subjects.external == (not person.member)


def place(subjects: Subjects, person: Person) -> bool:
    """In which chat."""
    if subjects.groups and person.group not in subjects.groups:
        return False
    if subjects.chat == "group" and not person.group:
        return False
    return not (subjects.chat == "private" and person.group)


def takes(route: Route, person: Person, *, granted: bool) -> bool:
    """Whether the route is for this question."""
    if not (granted or who(route.when, person)) or not place(route.when, person):
        return False
    text = unicodedata.normalize("NFKC", person.text).casefold()
    words = route.when.question
    if words is not None:
        if not len(text) > words.longer_than:
            return False
        if words.words and not [
            1 for word in words.words if unicodedata.normalize("NFKC", word).casefold() in text
        ]:
            return False
    if route.when.percent is not None:
        digest = hashlib.sha256(f"\n{route.name}\n{person.user}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % 100 < route.when.percent
    return True


def nearness(route: Route, person: Person, *, granted: bool) -> float:
    """Named first, then by the distance of the nearest department, then all others."""
    when = route.when
    names_people = when.users or when.roles or when.departments or when.external is not None
    if when.users or (granted and names_people):
        return -1
    steps = [steps for chain in person.chains for steps, one in enumerate(chain) if one in when.departments]
    return min(steps) if steps else float("inf")


def expected_route(bot: Bot, person: Person, granted: set[str]) -> Route | None:
    """Which route the settings send the question to."""
    best: Route | None = None
    nearest = float("inf")
    for route in bot.all_routes:
        has = bool(names_of(bot, route.name) & granted)
        near = nearness(route, person, granted=has)
        if takes(route, person, granted=has) and (best is None or near < nearest):
            best, nearest = route, near
    return best


def names_of(bot: Bot, route: str) -> set[str]:
    """The route, and the one it stands in for, if it is a canary; which one that is the settings say."""
    canary = next(one for one in bot.all_routes if one.name == route)
    stable = stable_of(canary, bot.all_routes) if canary.of_experiment else None
    return {route} if stable is None else {route, stable.name}


def may(bot: Bot, person: Person, route: str, granted: set[str]) -> bool:
    """Whether the settings let the person have an answer from this route."""
    about = [rule for rule in bot.access if not rule.routes or names_of(bot, route) & set(rule.routes)]
    fits = [who(rule.subjects, person) and place(rule.subjects, person) for rule in about]
    if any(fit for rule, fit in zip(about, fits, strict=True) if rule.deny is not None):
        return False
    if names_of(bot, route) & granted:
        return True
    allowing = [fit for rule, fit in zip(about, fits, strict=True) if rule.allow is not None]
    return not allowing or any(allowing)


def granted_now(grants: Iterable[Grant], now_ms: int) -> set[str]:
    """The routes that are lent at this moment."""
    return {one.route for one in grants if one.from_ms <= now_ms < one.until_ms}
