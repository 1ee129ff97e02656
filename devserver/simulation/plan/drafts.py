"""Words for what strikes when, and how moments and lengths are drawn. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from random import Random

    from devserver.simulation.plan.weather import Kind, Rates
    from rag_on_dingtalk.settings.sections.limits import Limit

#: kill, freeze: the instance whose event it was. tablestore, dingtalk: an outage of that service.
#: again: the message is delivered once more, to another instance or to the same. housekeeping: a round.
#: kms: an outage of it; who is built meanwhile has no secret. experiment: it is decided about.
Action = Literal[
    "kill",
    "freeze",
    "tablestore",
    "dingtalk",
    "kms",
    "again_elsewhere",
    "again_here",
    "housekeeping",
    "experiment",
]


@dataclass(frozen=True)
class Trigger:
    """What is done `delay` seconds after an event has happened for the nth time, counted over all instances.

    everybody: an outage strikes every instance, as opposed to the one whose event it was.
    fate: of the calls during an outage. state: what is decided about the experiment.
    """

    on: str
    nth: int
    delay: float
    action: Action
    seconds: float = 0.0
    everybody: bool = True
    fate: Kind = "lost_before"
    state: str = ""


@dataclass(frozen=True)
class Draft:
    """What a recipe decides about a plan; None and 0: nothing in particular.

    slow_backend: the longest pause before a piece, in seconds.
    cards: how likely the bot answers on cards, as opposed to messages. long: how likely an answer takes
        several messages.
    no_cards: how often DingTalk refuses to create one. kms_away: how long KMS is away at first, in seconds.
    limits: of the bot; with them more backends fail. experiment: the bot has one. skills: the bot has one
        that every message is meant for.
    skews: of the instances' clocks, one after the other; skewed: they are drawn. streaming: the bot's mode.
    chats: people who ask, at most two when 0. topics: what they ask, one character each; the bot gives
        answers again then. privileged: who may use a further route.
    """

    triggers: tuple[Trigger, ...] = ()
    questions: int = 0
    slow_backend: float = 0.0
    undelivered: float = 0.0
    cards: float = 0.85
    long: float = 0.04
    no_cards: float = 0.0
    kms_away: float = 0.0
    limits: tuple[Limit, ...] = ()
    chats: int = 0
    topics: str = ""
    privileged: frozenset[str] = frozenset()
    experiment: bool = False
    skills: bool = False
    skewed: bool = False
    skews: tuple[float, ...] = ()
    streaming: Literal["", "live", "economical", "final"] = ""
    tablestore: Rates | None = None
    dingtalk: Rates | None = None


#: Events of an owner on its way through a question.
OWNERS = (
    "turn.owned",
    "card.sent",
    "card.created",
    "card.acknowledged",
    "asked",
    "piece",
    "frame.sent",
    "card.frame",
    "asked.over",
    "turn.put",
    "final.sent",
    "card.final",
    "final.acknowledged",
    "message.sent",
    "message",
    "message.acknowledged",
    "card.undelivered",
)
#: Where a reply is handed over.
REPLY = ("asked.over", "turn.put", "final.sent", "message.sent", "message", "card.final")
FATES: tuple[Kind, ...] = ("refused", "lost_before", "lost_before", "lost_after")


def a_moment(random: Random) -> float:
    """At once, in a moment, or somewhat later."""
    return random.choice((0.0, 0.0, random.uniform(0.0, 0.1), random.uniform(0.0, 2.0)))


def a_blip(random: Random) -> float:
    """A short outage, in seconds."""
    return random.choice((random.uniform(0.05, 0.6), random.uniform(0.5, 4.0), random.uniform(4.0, 12.0)))


def a_long_while(random: Random) -> float:
    """A long outage, in seconds."""
    return random.choice((random.uniform(5.0, 25.0), random.uniform(25.0, 70.0), random.uniform(60.0, 300.0)))


def kill_owner(random: Random) -> Trigger:
    """Somewhere on its way."""
    return Trigger(random.choice(OWNERS), random.choice((1, 1, 1, 2, 3, 5)), a_moment(random), "kill")


def tablestore_away(
    random: Random, on: str, nth: int, seconds: float, *, everybody: bool | None = None
) -> Trigger:
    """An outage after an event, with any fate."""
    everybody = random.random() < 0.5 if everybody is None else everybody
    return Trigger(
        on, nth, a_moment(random), "tablestore", seconds, everybody=everybody, fate=random.choice(FATES)
    )
