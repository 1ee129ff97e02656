"""Who is in which arm of an experiment. Pure.

A person is drawn by a hash of bot, experiment and person: always the same number from 0 to 99, in every
process. The canary takes those below its percentage, so one who is in it stays in it while that only grows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.experiments import State
from rag_on_dingtalk.settings.sections.access import Route

if TYPE_CHECKING:
    from collections.abc import Iterable

_HUNDRED = 100


class Experiment(msgspec.Struct, frozen=True):
    """One experiment of a bot's routes.

    routes: those that answer its canary. draws: some of them take a percentage of the people.
    """

    name: str
    routes: tuple[Route, ...]
    draws: bool


class Trials(msgspec.Struct, frozen=True):
    """How a bot's experiments stand while one question is decided.

    states: by name; one that is missing runs. None: not known, so stable answers.
    kept: what an earlier decision on the same question came to; it stays, whatever was decided since.
    """

    states: dict[str, State] | None = {}
    kept: Kept | None = None

    def state(self, name: str) -> State | None:
        """Of one experiment; None: not known."""
        return None if self.states is None else self.states.get(name, "running")


class Kept(msgspec.Struct, frozen=True):
    """What is recorded of a decision, so that no retry changes the arm.

    arm: as `Decision.arm`. opened: as `Decision.opened`.
    """

    arm: str
    opened: tuple[str, ...]


#: As the settings alone say.
RUNNING = Trials()


def experiments_of(routes: Iterable[Route]) -> tuple[Experiment, ...]:
    """The experiments in the order of their first route."""
    found: dict[str, list[Route]] = {}
    for route in routes:
        if route.of_experiment:
            found.setdefault(route.of_experiment, []).append(route)
    return tuple(
        Experiment(name, tuple(own), any(one.when.percent is not None for one in own))
        for name, own in found.items()
    )


def drawn(bot: str, experiment: str, key: str) -> int:
    """0 to 99, for one person.

    key: tells every asker from the others.
    """
    digest = hashlib.sha256(f"{bot}\n{experiment}\n{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _HUNDRED


def opened_for(experiments: Iterable[Experiment], trials: Trials, *, bot: str, key: str) -> tuple[str, ...]:
    """The names of the experiments' routes that are open to this person."""
    if trials.kept is not None:
        return trials.kept.opened
    return tuple(
        route.name for one in experiments for route in one.routes if _is_open(route, trials, bot=bot, key=key)
    )


def _is_open(route: Route, trials: Trials, *, bot: str, key: str) -> bool:
    state = trials.state(route.of_experiment)
    if state != "running":
        return state == "promoted"
    percent = route.when.percent
    return percent is None or drawn(bot, route.of_experiment, key) < percent
