"""Trouble for a bot that gives answers again, while many ask the same at once. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.simulation.plan.drafts import Draft, Trigger, a_blip, a_moment, kill_owner, tablestore_away
from devserver.simulation.plan.weather import CALM

if TYPE_CHECKING:
    from random import Random

#: Where a leader, or one who follows, is on its way.
_ON = (
    "asked",
    "piece",
    "asked.over",
    "answers.put",
    "answers.get_many",
    "answers.delete",
    "turn.put",
    "card.sent",
)
_CHATS = 6


def cache(random: Random) -> Draft:
    """Several people ask the same two things; leaders are killed, frozen, or lose Tablestore."""
    on, nth = random.choice(_ON), random.choice((1, 1, 2, 3))
    strikes: tuple[Trigger, ...] = (
        Trigger(on, nth, a_moment(random), "kill"),
        tablestore_away(random, on, nth, a_blip(random)),
        Trigger(random.choice(_ON), nth, a_moment(random), "again_elsewhere"),
        Trigger(random.choice(_ON), nth, a_moment(random), "freeze", random.uniform(20.0, 90.0)),
    )
    calm = random.random() < 0.4
    chats = range(_CHATS)
    return Draft(
        () if calm else tuple(one for one in strikes if random.random() < 0.4),
        questions=random.randint(2, 7),
        slow_backend=random.choice((0.0, 8.0)),
        tablestore=CALM if calm else None,
        dingtalk=CALM,
        chats=_CHATS,
        topics=random.choice(("甲", "甲乙")),
        privileged=frozenset(f"c{chat}" for chat in chats if random.random() < 0.4),
    )


def dead_leader(random: Random) -> Draft:
    """Who asks first is killed at every attempt, so that nothing ends its flight; the others wait for it."""
    kills = tuple(Trigger("asked", number, a_moment(random), "kill") for number in (1, 2, 3))
    return Draft(
        (*kills, kill_owner(random)) if random.random() < 0.3 else kills,
        questions=random.randint(2, 4),
        slow_backend=random.choice((0.0, 8.0)),
        tablestore=CALM,
        dingtalk=CALM,
        chats=_CHATS,
        topics="甲",
    )
