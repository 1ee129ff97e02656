"""Trouble while the reply is handed over to DingTalk. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.simulation.plan.drafts import FATES, Draft, Trigger, a_long_while, a_moment, kill_owner

if TYPE_CHECKING:
    from random import Random


def dingtalk_long_away(random: Random) -> Draft:
    """DingTalk is away for longer than retries, and perhaps failed_answer, are tried."""
    on = random.choice(("invoked", "asked", "piece", "final.sent", "message.sent", "card.sent"))
    away = Trigger(
        on,
        1,
        a_moment(random),
        "dingtalk",
        random.choice((1, 2, 4)) * a_long_while(random),
        fate=random.choice(FATES),
    )
    more = (kill_owner(random),) if random.random() < 0.3 else ()
    return Draft((away, *more))


def undelivered(random: Random) -> Draft:
    """A card is created, delivered nowhere, and its owner dies or loses the answer."""
    on = random.choice(("card.undelivered", "card.acknowledged", "turn.put", "asked"))
    kill = Trigger(on, 1, random.choice((0.0, 0.0, random.uniform(0.0, 0.3))), "kill")
    lost = Trigger("card.sent", 1, 0.0, "dingtalk", random.uniform(0.01, 3.0), fate="lost_after")
    return Draft(
        (random.choice((kill, kill, lost)),),
        undelivered=random.choice((0.0, 0.7, 0.7)),
        no_cards=random.choice((0.0, 0.0, 0.5)),
    )


def card_half_away(random: Random) -> Draft:
    """DingTalk comes back between two ways of handing the reply over."""
    on = random.choice(("final.sent", "card.sent", "card.update.sent", "asked.over"))
    away = Trigger(on, 1, 0.0, "dingtalk", random.uniform(1.0, 12.0), fate=random.choice(FATES))
    return Draft((away,))
