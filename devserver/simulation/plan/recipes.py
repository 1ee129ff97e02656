"""Kinds of trouble: each draws faults that strike where the protocol is most easily hurt. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devserver.simulation.arm_books import experiment_decided
from devserver.simulation.limit_books import some_limits
from devserver.simulation.plan.cache_recipes import cache, dead_leader
from devserver.simulation.plan.drafts import (
    FATES,
    OWNERS,
    REPLY,
    Action,
    Draft,
    Trigger,
    a_blip,
    a_long_while,
    a_moment,
    kill_owner,
    tablestore_away,
)
from devserver.simulation.plan.guard_recipes import (
    blind_owner_dies,
    blind_owner_wakes,
    frozen_before_its_message,
    given_beside_a_dead_owner,
    heir_dies,
    killed_on_its_card,
    slow_clock_cut_off,
)
from devserver.simulation.plan.lease_recipes import (
    deadline,
    duplicate_goes_blind,
    frozen_in_flight,
    frozen_owner,
    late_writes,
    owner_cut_off,
    retry_goes_blind,
    takeover_in_doubt,
)
from devserver.simulation.plan.reply_recipes import card_half_away, dingtalk_long_away, undelivered
from devserver.simulation.plan.weather import CALM

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


@dataclass(frozen=True)
class Recipe:
    """One kind of trouble; `weight`: how often it is drawn."""

    name: str
    weight: int
    draw: Callable[[Random], Draft]


def _housekeeping_beside(random: Random) -> Draft:
    """Rounds of housekeeping beside retries that come late."""
    on = random.choice(("failed", "killed", "turn.owned", "turn.polled", "gave_up"))
    rounds = tuple(
        Trigger(on, number, random.choice((0.0, random.uniform(0, 90))), "housekeeping") for number in (1, 2)
    )
    return Draft((kill_owner(random), *rounds, *((kill_owner(random),) if random.random() < 0.5 else ())))


def _kms_away(random: Random) -> Draft:
    """KMS is away while instances are built: at first, for a retry, for failed_answer, for housekeeping."""
    away = random.choice((0.0, random.uniform(0.1, 5.0), random.uniform(5.0, 60.0)))
    on = random.choice(("killed", "failed", "gave_up", "turn.owned", "invoked"))
    later = Trigger(on, random.choice((1, 1, 2, 3)), 0.0, "kms", a_blip(random) * random.choice((1, 5)))
    return Draft((kill_owner(random), later), kms_away=away)


def _anything(random: Random) -> Draft:
    """Several faults without a purpose."""
    actions: tuple[Action, ...] = (
        "kill", "freeze", "tablestore", "dingtalk", "kms", "again_elsewhere", "again_here", "housekeeping",
    )  # fmt: skip
    places = (*OWNERS, "turn.polled", "turn.claim", "invoked", "failed", "killed", "gave_up")
    triggers = tuple(
        Trigger(
            random.choice(places),
            random.randint(1, 3),
            a_moment(random),
            random.choice(actions),
            random.choice((a_blip, a_long_while))(random),
            everybody=random.random() < 0.6,
            fate=random.choice(FATES),
        )
        for _ in range(random.randint(1, 4))
    )
    return Draft(
        triggers,
        slow_backend=random.choice((0.0, 0.0, 8.0, 20.0)),
        undelivered=random.choice((0.0, 0.0, 0.3)),
        no_cards=random.choice((0.0, 0.0, 0.0, 0.3)),
        skewed=random.random() < 0.3,
    )


def _limits(random: Random) -> Draft:
    """The bot has limits, and something strikes while questions are counted or given back."""
    on = ("limit.update", "limit.update", "limit.get", "turn.put", *REPLY)
    nth = (1, 1, 2, 3, 4, 5)
    strikes: tuple[Trigger, ...] = (
        Trigger(random.choice(on), random.choice(nth), a_moment(random), "kill"),
        tablestore_away(random, random.choice(on), random.choice(nth), a_blip(random)),
        Trigger(random.choice(on), random.choice(nth), a_moment(random), "again_elsewhere"),
        Trigger(
            random.choice(on), random.choice(nth), a_moment(random), "freeze", random.uniform(20.0, 90.0)
        ),
    )
    return Draft(
        tuple(one for one in strikes if random.random() < 0.5),
        questions=random.randint(2, 6),
        slow_backend=random.choice((0.0, 8.0)),
        limits=some_limits(random),
        dingtalk=CALM,
    )


def _skills(random: Random) -> Draft:
    """Every message is meant for a skill that asks back, and something strikes between its steps."""
    on = ("flow.put", "flow.put", "flow.get", "turn.put", "turn.owned", "done", *REPLY)
    nth = (1, 1, 2, 3, 4, 5)
    strikes: tuple[Trigger, ...] = (
        Trigger(random.choice(on), random.choice(nth), a_moment(random), "kill"),
        Trigger(random.choice(on), random.choice(nth), a_moment(random), "kill"),
        tablestore_away(random, random.choice(on), random.choice(nth), a_blip(random)),
        Trigger(random.choice(on), random.choice(nth), a_moment(random), "again_elsewhere"),
    )
    return Draft(
        tuple(one for one in strikes if random.random() < 0.6),
        questions=random.randint(3, 6),
        skills=True,
        dingtalk=CALM,
    )


def _calm(random: Random) -> Draft:
    """No fault at all, only second deliveries: the questions of a conversation are asked one at a time."""
    return Draft(
        questions=random.randint(2, 4), tablestore=CALM, dingtalk=CALM, slow_backend=random.choice((0.0, 8.0))
    )


RECIPES = (
    Recipe("calm", 1, _calm),
    Recipe("retry_goes_blind", 3, retry_goes_blind),
    Recipe("duplicate_goes_blind", 3, duplicate_goes_blind),
    Recipe("dingtalk_long_away", 2, dingtalk_long_away),
    Recipe("takeover_in_doubt", 3, takeover_in_doubt),
    Recipe("owner_cut_off", 2, owner_cut_off),
    Recipe("frozen_owner", 3, frozen_owner),
    Recipe("frozen_in_flight", 2, frozen_in_flight),
    Recipe("undelivered", 2, undelivered),
    Recipe("card_half_away", 2, card_half_away),
    Recipe("housekeeping_beside", 2, _housekeeping_beside),
    Recipe("kms_away", 1, _kms_away),
    Recipe("deadline", 1, deadline),
    Recipe("anything", 4, _anything),
    Recipe("limits", 2, _limits),
    Recipe("cache", 3, cache),
    Recipe("experiment", 2, experiment_decided),
    Recipe("skills", 2, _skills),
    Recipe("dead_leader", 1, dead_leader),
    Recipe("frozen_before_its_message", 1, frozen_before_its_message),
    Recipe("slow_clock_cut_off", 1, slow_clock_cut_off),
    Recipe("heir_dies", 2, heir_dies),
    Recipe("killed_on_its_card", 2, killed_on_its_card),
    Recipe("blind_owner_dies", 2, blind_owner_dies),
    Recipe("given_beside_a_dead_owner", 2, given_beside_a_dead_owner),
    Recipe("blind_owner_wakes", 2, blind_owner_wakes),
    # Whether Tablestore does this is not known; only when it is asked for.
    Recipe("late_writes", 0, late_writes),
)
