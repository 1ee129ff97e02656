"""Trouble around the claim: owners that die, freeze or lose Tablestore, and who takes over. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.simulation.plan.drafts import (
    FATES,
    OWNERS,
    REPLY,
    Action,
    Draft,
    Trigger,
    a_blip,
    a_moment,
    kill_owner,
    tablestore_away,
)
from devserver.simulation.plan.weather import Rates

if TYPE_CHECKING:
    from random import Random


def retry_goes_blind(random: Random) -> Draft:
    """The owner is killed, and Tablestore is away for a moment while the retry waits for the lease."""
    polls = tuple(
        tablestore_away(random, "turn.polled", random.randint(1, 14), a_blip(random))
        for _ in range(random.randint(1, 2))
    )
    return Draft((kill_owner(random), *polls), slow_backend=random.choice((0.0, 8.0)))


def duplicate_goes_blind(random: Random) -> Draft:
    """A second delivery waits or comes late, and Tablestore is away for a moment."""
    late = random.random() < 0.4
    on = random.choice(
        ("turn.finished", "message", "card.final") if late else ("turn.owned", "asked", "piece")
    )
    where: Action = random.choice(("again_elsewhere", "again_here"))
    again = Trigger(on, 1, random.choice((0.0, random.uniform(0.0, 5.0))), where)
    if late:
        away = Trigger(
            "again",
            1,
            0.0,
            "tablestore",
            random.choice((a_blip(random), random.uniform(10.0, 40.0))),
            everybody=random.random() < 0.8,
            fate=random.choice(FATES),
        )
    else:
        away = tablestore_away(
            random, random.choice(("turn.polled", "again")), random.choice((1, 1, 2, 3)), a_blip(random)
        )
    return Draft((again, away), slow_backend=random.choice((0.0, 8.0)), cards=0.5)


def takeover_in_doubt(random: Random) -> Draft:
    """The owner is killed with its reply ready; the new owner's claim goes through and its answer is lost."""
    by_parts = random.random() < 0.5
    on = ("message", "message.acknowledged", "turn.put") if by_parts else REPLY
    nth = random.choice((1, 2, 3, 4))
    kill = Trigger(random.choice(on), nth, random.choice((0.0, random.uniform(0.0, 0.2))), "kill")
    doubt = Trigger(
        "turn.claim",
        random.choice((1, 1, 1, 2)),
        0.0,
        "tablestore",
        random.choice((0.01, 0.05, 1.0, 6.0, 12.0)),
        everybody=random.random() < 0.5,
        fate="lost_after",
    )
    more = (tablestore_away(random, "turn.owned", 2, a_blip(random)),) if random.random() < 0.6 else ()
    return Draft(
        (kill, doubt, *more),
        questions=1 if by_parts else 0,
        slow_backend=random.choice((0.0, 8.0)),
        cards=0.0 if by_parts else 0.7,
        long=1.0 if by_parts else 0.1,
    )


def owner_cut_off(random: Random) -> Draft:
    """The owner cannot reach Tablestore for longer than its lease while its backend goes on."""
    again = Trigger(random.choice(("turn.owned", "asked")), 1, random.uniform(0.0, 30.0), "again_elsewhere")
    away = tablestore_away(
        random, random.choice(("asked", "piece")), 1, random.uniform(25.0, 120.0), everybody=False
    )
    return Draft(
        (again, away),
        slow_backend=random.choice((12.0, 20.0, 30.0)),
        skewed=random.random() < 0.3,
        cards=0.5,
    )


def frozen_owner(random: Random) -> Draft:
    """The owner is frozen across the end of its lease, is taken over, and goes on."""
    asleep = random.choice(
        (random.uniform(2.0, 12.0), random.uniform(28.0, 45.0), random.uniform(40.0, 120.0))
    )
    freeze = Trigger(
        random.choice((*OWNERS, *REPLY)), random.choice((1, 1, 2, 3)), a_moment(random), "freeze", asleep
    )
    again = Trigger(random.choice(("turn.owned", "asked")), 1, random.uniform(0.0, 10.0), "again_elsewhere")
    return Draft(
        (again, freeze),
        slow_backend=random.choice((0.0, 8.0, 20.0)),
        skewed=random.random() < 0.3,
        cards=0.6,
    )


def frozen_in_flight(random: Random) -> Draft:
    """The owner is frozen with its reply on the way; the answer comes meanwhile, and its patience ends, too.

    Often Tablestore does not answer it afterwards: it has only its own clock to know that it was taken over.
    """
    again = Trigger("turn.owned", 1, random.uniform(0.0, 1.5), "again_elsewhere")
    on, nth = random.choice(("message.sent", "message.sent", "final.sent")), random.choice((1, 1, 1, 2))
    asleep = random.uniform(25.0, 90.0)
    freeze = Trigger(on, nth, 0.0, "freeze", asleep)
    cut_off = Trigger(on, nth, 0.0, "tablestore", asleep + random.uniform(0.5, 15.0), everybody=False)
    triggers = (again, freeze, cut_off) if random.random() < 0.7 else (again, freeze)
    return Draft(triggers, cards=0.3, skewed=random.random() < 0.3)


def deadline(random: Random) -> Draft:
    """The backend takes so long that invocations come to their end."""
    return Draft(
        (kill_owner(random),) if random.random() < 0.3 else (),
        slow_backend=random.choice((60.0, 150.0)),
        questions=random.randint(1, 3),
        skewed=random.random() < 0.5,
    )


def late_writes(random: Random) -> Draft:
    """Writes whose callers have given up are carried out many seconds later."""
    return Draft(
        (kill_owner(random),) if random.random() < 0.5 else (),
        tablestore=Rates(lost_before=0.05, late=0.1),
        slow_backend=random.choice((8.0, 20.0)),
    )
