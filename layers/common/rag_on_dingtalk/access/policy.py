"""A bot's routes and rules, made ready to be decided by. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.canary.arms import Experiment, experiments_of
from rag_on_dingtalk.settings.checks.access import rule_names
from rag_on_dingtalk.settings.checks.covering import stable_of
from rag_on_dingtalk.settings.sections.access import AccessRule, Route

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot

#: Rules with the names that refusals and the log call them by.
NamedRules = tuple[tuple[str, AccessRule], ...]

_VERSION_DIGITS = 12


class Policy(msgspec.Struct, frozen=True):
    """A bot's routes and rules, made ready.

    denying, allowing: by route, in the order written: the rules' names and the rules.
    directory: some rule or route cannot be judged without a person's departments and roles.
    bot: its name, by which people are drawn. experiments: those of its routes. stable: the canaries' routes
        and those they stand in for, whose rules and grants hold for them, too.
    """

    version: str
    routes: tuple[Route, ...]
    denying: dict[str, NamedRules]
    allowing: dict[str, NamedRules]
    directory: bool
    bot: str = ""
    experiments: tuple[Experiment, ...] = ()
    stable: dict[str, str] = {}

    @property
    def open(self) -> bool:
        """Everybody may ask, and there is one way: nothing is to be decided."""
        return len(self.routes) == 1 and not self.restricts and _takes_all(self.routes[0])

    @property
    def restricts(self) -> bool:
        """Some rule exists."""
        return any(self.denying.values()) or any(self.allowing.values())

    @property
    def grants(self) -> bool:
        """A grant can change a decision: somewhere a person matters."""
        return self.restricts or any(names_people(route) for route in self.routes)


def policy_of(bot: Bot, name: str = "") -> Policy:
    """A checked bot's policy.

    name: the bot's; people are drawn by it.
    """
    routes = bot.all_routes
    named = list(zip(rule_names(bot.access), bot.access, strict=True))

    stand_ins = {route.name: stable_of(route, routes) for route in routes if route.of_experiment}
    stable = {name: one.name for name, one in stand_ins.items() if one is not None}

    def about(route: Route, *, deny: bool) -> NamedRules:
        # Being drawn changes nothing about what a person may ask.
        called_so = {route.name, stable.get(route.name, route.name)}
        return tuple(
            (called, rule)
            for called, rule in named
            if (rule.deny is not None) is deny and (not rule.routes or called_so & set(rule.routes))
        )

    parts = msgspec.json.encode((routes, bot.access, bot.roles))
    subjects = [*(route.when for route in routes), *(rule.subjects for rule in bot.access)]
    return Policy(
        version=hashlib.sha256(parts).hexdigest()[:_VERSION_DIGITS],
        routes=routes,
        denying={route.name: about(route, deny=True) for route in routes},
        allowing={route.name: about(route, deny=False) for route in routes},
        directory=any(one.departments or one.roles or one.external is not None for one in subjects),
        bot=name,
        experiments=experiments_of(routes),
        stable=stable,
    )


def names_people(route: Route) -> bool:
    """Whether the route holds for some people only, wherever and whatever they ask."""
    when = route.when
    return bool(when.users or when.roles or when.departments or when.external is not None)


def _takes_all(route: Route) -> bool:
    return route.when == type(route.when)()
