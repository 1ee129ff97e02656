"""The books of a bot with an experiment: a question stays in its arm, through every retry. Pure.

What is a breach
- changed its arm: one question was put to both knowledge bases. Not when an invocation answered it without
  Tablestore, where no record tells the next one what was decided.

What people decide about the experiment meanwhile changes nothing of that, nor does an outage; and neither
costs an answer: the books of every question look after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.simulation.plan.drafts import OWNERS, Draft, Trigger, a_moment, kill_owner, tablestore_away
from rag_on_dingtalk.settings.sections.access import Route, When

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from devserver.simulation.books.trace import Event
    from rag_on_dingtalk.models.experiments import State

EXPERIMENT = "new"
#: Half of the people are in its canary.
ROUTES = (
    Route(name=EXPERIMENT, use="next", when=When(percent=50)),
    Route(name="everyone", use="stable"),
)
_STATES: tuple[State, ...] = ("stopped", "promoted", "running")
_BLIND = "log.claimed_without_tablestore"


def experiment_decided(random: Random) -> Draft:
    """The experiment is decided about while questions are on their way, and owners die."""
    places = (*OWNERS, "invoked", "failed", "killed", "turn.get", "turn.owned")
    decisions = tuple(
        Trigger(
            random.choice(places),
            random.randint(1, 3),
            a_moment(random),
            "experiment",
            state=random.choice(_STATES),
        )
        for _ in range(random.randint(1, 3))
    )
    strikes = (
        kill_owner(random),
        kill_owner(random),
        tablestore_away(random, random.choice(places), random.randint(1, 3), random.uniform(0.1, 8.0)),
    )
    chosen = tuple(one for one in strikes if random.random() < 0.6)
    return Draft(
        (*decisions, *chosen),
        questions=random.randint(1, 3),
        slow_backend=random.choice((0.0, 8.0)),
        skewed=random.random() < 0.3,
        experiment=True,
    )


def arm_breaches(events: Sequence[Event]) -> Iterator[tuple[str, str, str]]:
    """(kind, turn id, detail) of each."""
    arms: dict[str, list[str]] = {}
    blind = {event.turn_id for event in events if event.kind == _BLIND}
    for event in events:
        if event.kind == "asked":
            arms.setdefault(event.turn_id, []).append(event.detail)
    for turn_id, asked in arms.items():
        if len(set(asked)) > 1 and turn_id not in blind:
            yield "changed its arm", turn_id, " → ".join(asked)
