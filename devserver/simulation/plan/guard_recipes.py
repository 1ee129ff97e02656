"""Trouble that only one rule of the protocol stands against, each aimed at the moment that needs it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.simulation.plan.drafts import FATES, Draft, Trigger, a_moment, tablestore_away
from devserver.simulation.plan.weather import CALM

if TYPE_CHECKING:
    from random import Random

#: Longer than a lease with its grace, and what a poll takes.
_PAST_THE_LEASE = (37.0, 90.0)
#: How far a clock may be from the true time, in seconds.
_MOST_SKEW = 5.0


def frozen_before_its_message(random: Random) -> Draft:
    """The owner is frozen while Tablestore confirms its reply, and wakes when another has sent it.

    The record is confirmed, and no call lies between it and the message: only the fence tells that the lease
    which it confirms is over.
    """
    asleep = random.uniform(*_PAST_THE_LEASE)
    freeze = Trigger("asked.over", 1, random.uniform(0.0, 0.12), "freeze", asleep)
    again = Trigger("FAULT freeze", 1, random.uniform(0.0, 5.0), "again_elsewhere")
    return Draft((freeze, again), questions=1, cards=0.0, long=0.3, tablestore=CALM, dingtalk=CALM)


def slow_clock_cut_off(random: Random) -> Draft:
    """The owner's clock is behind its successor's, it cannot renew, and its answer goes on growing.

    By the successor's clock the lease and its grace are over up to five seconds before they end by the
    owner's: only the margin keeps the owner's frames apart from the successor's.
    """
    on = random.choice(("asked", "piece", "card.acknowledged"))
    cut_off = tablestore_away(random, on, 1, random.uniform(40.0, 90.0), everybody=False)
    again = Trigger("turn.owned", 1, random.uniform(0.0, 5.0), "again_elsewhere")
    ahead = tuple(random.uniform(3.5, _MOST_SKEW) for _ in range(5))
    return Draft(
        (cut_off, again),
        questions=1,
        slow_backend=random.choice((12.0, 20.0)),
        cards=1.0,
        streaming="live",
        skews=(-random.uniform(3.5, _MOST_SKEW), *ahead),
        tablestore=CALM,
        dingtalk=CALM,
    )


def heir_dies(random: Random) -> Draft:
    """The owner is frozen and taken over by a second delivery, which Function Compute does not try again.

    The successor dies. The owner's job is the only one left that Function Compute knows of.
    """
    on = random.choice(("asked", "piece", "turn.put", "card.acknowledged"))
    freeze = Trigger(on, 1, a_moment(random), "freeze", random.uniform(*_PAST_THE_LEASE))
    again = Trigger("turn.owned", 1, random.uniform(0.0, 5.0), "again_elsewhere")
    kill = Trigger("turn.owned", 2, random.choice((a_moment(random), random.uniform(0.0, 60.0))), "kill")
    return Draft(
        (freeze, again, kill),
        questions=random.choice((1, 1, 2)),
        slow_backend=random.choice((8.0, 20.0, 60.0)),
        cards=0.6,
    )


def killed_on_its_card(random: Random) -> Draft:
    """The owner is killed with its answer growing on the card, before it renews its lease."""
    on = random.choice(("card.acknowledged", "frame.sent", "card.frame", "frame.acknowledged", "piece"))
    kill = Trigger(on, random.choice((1, 1, 2)), a_moment(random), "kill")
    away = Trigger(
        "card.acknowledged", 1, 0.0, "tablestore", random.uniform(0.1, 6.0), fate=random.choice(FATES)
    )
    return Draft(
        (kill, away) if random.random() < 0.5 else (kill,),
        slow_backend=random.choice((0.0, 8.0)),
        cards=1.0,
        dingtalk=CALM,
    )


def blind_owner_dies(random: Random) -> Draft:
    """The first attempt answers without Tablestore and is killed with its card in the chat.

    Tablestore comes back before the last attempt, or does not. No record names the card.
    """
    away = Trigger("invoked", 1, 0.0, "tablestore", random.uniform(8.0, 90.0), fate=random.choice(FATES))
    on = random.choice(
        ("card.created", "card.acknowledged", "frame.sent", "piece", "asked.over", "final.sent")
    )
    kill = Trigger(on, 1, a_moment(random), "kill")
    again = Trigger("killed", 1, random.uniform(0.0, 5.0), "again_elsewhere")
    return Draft(
        (away, kill, again) if random.random() < 0.3 else (away, kill),
        questions=random.choice((1, 1, 2)),
        cards=1.0,
        no_cards=random.choice((0.0, 0.4)),
        tablestore=CALM,
        dingtalk=CALM,
    )


def given_beside_a_dead_owner(random: Random) -> Draft:
    """The owner is killed, and a second delivery that cannot see its row replies without Tablestore.

    The row is the dead owner's. Function Compute's retry comes to the instance that has given the reply. A
    skill's reply has no place in the queue, by which housekeeping would find the row.
    """
    kill = Trigger(
        random.choice(("turn.owned", "turn.put", "card.acknowledged")), 1, a_moment(random), "kill"
    )
    again = Trigger("turn.owned", 1, random.uniform(0.0, 1.0), "again_elsewhere")
    away = Trigger(
        "turn.owned", 1, a_moment(random), "tablestore", random.uniform(5.0, 20.0), fate=random.choice(FATES)
    )
    return Draft(
        (away, kill, again),
        questions=random.choice((1, 2)),
        skills=True,
        cards=random.choice((0.0, 1.0)),
        tablestore=CALM,
        dingtalk=CALM,
    )


def blind_owner_wakes(random: Random) -> Draft:
    """What a blind owner writes is carried out, and no answer reaches it; it is frozen with its card out.

    So its turn's next owner knows of the card and answers there. Tablestore tells it when it wakes.
    """
    cut_off = Trigger(
        *("turn.put", 1, 0.0, "tablestore"), random.uniform(20.0, 45.0), everybody=False, fate="lost_after"
    )
    again = Trigger("card.acknowledged", 1, random.uniform(0.0, 2.0), "again_elsewhere")
    freeze = Trigger("asked", 1, random.uniform(0.0, 3.0), "freeze", random.uniform(50.0, 110.0))
    return Draft(
        (cut_off, again, freeze),
        questions=1,
        slow_backend=random.choice((4.0, 8.0, 20.0)),
        cards=1.0,
        tablestore=CALM,
        dingtalk=CALM,
    )
