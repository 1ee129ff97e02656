"""The rules on routes and access rules that types cannot say: unknown names, ties, rules without effect.

What comes behind a route or rule that covers it never decides anything, and a right that is denied to
everyone it allows is none: both are mistakes.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.checks.covering import LISTS, covers, stable_of
from rag_on_dingtalk.settings.checks.patterns import UnboundedPatternError, check_pattern
from rag_on_dingtalk.settings.sections.access import QuestionWords, Subjects, When

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.sections.access import AccessRule, Route


def check_access(name: str, bot: Bot) -> None:
    """Check one bot's backends, routes, rules and roles.

    Raises:
        ConfigurationError: names the place and what to do.
    """
    _check_backends(name, bot)
    _check_routes(name, bot)
    _check_rules(name, bot)
    _check_roles(name, bot)


def rule_names(rules: Iterable[AccessRule]) -> list[str]:
    """What refusals and the log call each rule."""
    return [
        rule.name or f"{'deny' if rule.deny is not None else 'allow'}-{number}"
        for number, rule in enumerate(rules, 1)
    ]


def _check_backends(name: str, bot: Bot) -> None:
    if (bot.backend is None) == (not bot.backends):
        raise ConfigurationError(
            f"bots.{name} needs either `backend`, or several `backends` by name. Give one of the two."
        )
    if len(bot.backends) > 1 and not bot.routes:
        raise ConfigurationError(
            f"bots.{name} has several backends and no `routes` that say who asks which. Add them."
        )
    for route in bot.routes:
        if route.use not in bot.all_backends:
            known = ", ".join(bot.all_backends)
            raise ConfigurationError(
                f"bots.{name}.routes: {route.name} uses the backend {route.use!r}, which is none of: {known}."
            )
    unused = sorted(set(bot.all_backends) - {route.use for route in bot.all_routes})
    if unused:
        raise ConfigurationError(
            f"bots.{name}.backends.{unused[0]} is used by no route. Use it in `routes`, or remove it."
        )


def _check_routes(name: str, bot: Bot) -> None:
    where = f"bots.{name}.routes"
    _check_unique(where, [route.name for route in bot.routes])
    for route in bot.routes:
        if route.when.question == QuestionWords():
            raise ConfigurationError(f"{where}: {route.name} has an empty `question`. Fill it or remove it.")
        _check_patterns(f"{where}: {route.name}", route.when.question)
        _check_values(f"{where}: {route.name}", route.when)
    for first, second in combinations(bot.routes, 2):
        _compare_routes(where, first, second)
    for route in bot.routes:
        if route.of_experiment:
            _check_canary(f"{where}: {route.name}", route, bot)
    _check_tiers(where, bot.routes)


def _check_canary(where: str, route: Route, bot: Bot) -> None:
    if stable_of(route, bot.routes) is None:
        raise ConfigurationError(
            f"{where} is a canary, and no route answers the people who are not in it, or everyone once it is "
            "stopped. Add one behind it that takes every question that it would take."
        )


def _check_patterns(where: str, asked: QuestionWords | None) -> None:
    for pattern in () if asked is None else asked.regex:
        try:
            check_pattern(pattern)
        except UnboundedPatternError as error:
            raise ConfigurationError(f"{where} has a `regex` {pattern!r} that {error}.") from error


def _check_tiers(where: str, routes: Iterable[Route]) -> None:
    tiered = [route for route in routes if route.tier is not None and not route.of_experiment]
    if len(tiered) == 1:
        raise ConfigurationError(
            f"{where}: {tiered[0].name} alone has a `tier`, which compares it to nothing. Give the routes "
            "that know the same a tier each, or remove it."
        )
    for first, second in combinations(tiered, 2):
        if first.tier == second.tier and first.use != second.use:
            raise ConfigurationError(
                f"{where}: {first.name} and {second.name} have the same `tier` and different backends, so "
                "that nothing says which is the deeper one. Change one of them."
            )


def _compare_routes(where: str, first: Route, second: Route) -> None:
    if first.when == second.when:
        raise ConfigurationError(
            f"{where}: {first.name} and {second.name} have the same `when`, a tie that only their order "
            "decides. Change one of them."
        )
    tied = _tied_departments(first.when, second.when)
    if tied:
        raise ConfigurationError(
            f"{where}: {first.name} and {second.name} both name {tied}, a tie that only their order decides. "
            "Name it in one of them."
        )
    if _rank(first.when) <= _rank(second.when) and covers(first.when, second.when):
        raise ConfigurationError(
            f"{where}: {second.name} is never reached, because {first.name} above it takes every question "
            "that it would take. Move it up or remove it."
        )


def _tied_departments(first: When, second: When) -> str:
    """What both name, where nothing else tells the two apart; empty for nothing."""
    for key in ("users", "departments"):
        shared = set(getattr(first, key)) & set(getattr(second, key))
        if shared and _without(first, key) == _without(second, key):
            return f"{key} {', '.join(str(one) for one in sorted(shared))}"
    return ""


def _without(when: When, key: str) -> list[object]:
    return [getattr(when, field) for field in when.__struct_fields__ if field != key]


def _rank(when: When) -> int:
    """Which kind of route goes first; see `access.decision`."""
    return 0 if when.users else 1 if when.departments else 2


def _check_rules(name: str, bot: Bot) -> None:
    where = f"bots.{name}.access"
    names = rule_names(bot.access)
    _check_unique(where, names)
    routes = {route.name for route in bot.all_routes}
    for rule, called in zip(bot.access, names, strict=True):
        _check_rule(f"{where}: {called}", rule, routes)
    for (number, first), (other, second) in combinations(enumerate(bot.access), 2):
        _compare_rules(where, (names[number], first), (names[other], second), routes)


def _check_rule(where: str, rule: AccessRule, routes: set[str]) -> None:
    if (rule.allow is None) == (rule.deny is None):
        raise ConfigurationError(f"{where} needs either `allow` or `deny`.")
    unknown = sorted(set(rule.routes) - routes)
    if unknown:
        raise ConfigurationError(
            f"{where} names the route {unknown[0]!r}, which is none of: {', '.join(sorted(routes))}."
        )
    if rule.quiet and rule.deny is None:
        raise ConfigurationError(f"{where} is quiet, which only a rule that denies can be. Remove it.")
    _check_values(where, rule.subjects)
    if rule.deny == Subjects():
        raise ConfigurationError(
            f"{where} denies everyone, so that the route answers no question. Say whom it is about, or "
            "remove the route."
        )
    allowed = rule.allow
    if allowed is not None and allowed.groups and not (allowed.users or allowed.roles or allowed.departments):
        raise ConfigurationError(
            f"{where} allows a group, but a group by itself authorises no person: people are invited into "
            "it. Add users, roles or departments; the group then narrows the rule."
        )


def _compare_rules(
    where: str, first: tuple[str, AccessRule], second: tuple[str, AccessRule], routes: set[str]
) -> None:
    (name, one), (other_name, other) = first, second
    about, also = set(one.routes) or routes, set(other.routes) or routes
    if (one.deny is None) == (other.deny is None):
        if one.subjects == other.subjects and about & also:
            raise ConfigurationError(f"{where}: {name} and {other_name} say the same. Remove one.")
        return
    denying, allowing = (first, second) if one.deny is not None else (second, first)
    denied_routes = set(denying[1].routes) or routes
    allowed_routes = set(allowing[1].routes) or routes
    if denied_routes >= allowed_routes and covers(denying[1].subjects, allowing[1].subjects):
        raise ConfigurationError(
            f"{where}: {allowing[0]} and {denying[0]} contradict each other: deny wins, so {allowing[0]} "
            "never allows anything. Remove one, or narrow the one that denies."
        )


def _check_roles(name: str, bot: Bot) -> None:
    roles = bot.roles
    if not roles.owner and (bot.access or roles.curator or roles.operator or roles.auditor):
        raise ConfigurationError(
            f"bots.{name}.roles names no owner, so that requests for access reach no person. Name one."
        )
    for key in ("curator", "operator"):
        both = sorted(set(getattr(roles, key)) & set(roles.auditor))
        if both:
            raise ConfigurationError(
                f"bots.{name}.roles: {both[0]} is {key} and auditor, but an auditor changes nothing. "
                "Choose one."
            )


def _check_values(where: str, subjects: Subjects) -> None:
    for key in LISTS:
        values = getattr(subjects, key)
        if len(set(values)) != len(values) or any(value in ("", 0) for value in values):
            raise ConfigurationError(f"{where} lists {key} that are empty or there twice. Correct them.")


def _check_unique(where: str, names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigurationError(f"{where}: two are called {twice!r}. Rename one.")
