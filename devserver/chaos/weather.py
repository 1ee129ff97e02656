"""Which faults may strike, how often and how hard. Pure: every choice is the given generator's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from emulators.faults import FaultBoard

Range = tuple[float, float]


@dataclass(frozen=True)
class Hazard:
    """A fault and the bounds within which it is let loose.

    often: the share of spells in which it is on at all.
    probability: of each strike while it is on.
    value: bounds of the fault's value, in its own unit; None: it takes none.
    most: the highest number of strikes in one spell, for outages that have an end; 0: any number.
    """

    name: str
    often: float
    probability: Range
    value: Range | None = None
    most: int = 0


@dataclass(frozen=True)
class Outage:
    """A part of the system that is away for a while, for every call.

    name: as it is chosen.
    fault: which fault strikes, see `FaultBoard.begin_outage`.
    seconds: for how long.
    """

    name: str
    fault: str
    seconds: float = 0.0

    def begin(self, board: FaultBoard) -> None:
        """It goes away now."""
        board.begin_outage(self.fault, self.seconds)


@dataclass(frozen=True)
class Spell:
    """One fault as it is switched on for a while; see `FaultBoard.switch_on`."""

    name: str
    probability: float
    value: str = ""
    count: int | None = None

    def begin(self, board: FaultBoard) -> None:
        """Switch it on."""
        board.switch_on(self.name, probability=self.probability, value=self.value, count=self.count)


#: `away` here is as long as a few calls; OUTAGES last.
HAZARDS = (
    Hazard("function_compute.kill_during", 0.5, (0.02, 0.12), value=(0.0, 0.6)),
    Hazard("function_compute.kill_before", 0.3, (0.01, 0.06)),
    Hazard("function_compute.deliver_twice", 0.5, (0.05, 0.3)),
    Hazard("function_compute.deliver_elsewhere", 0.5, (0.05, 0.3), value=(0.0, 3.0)),
    Hazard("function_compute.freeze_during", 0.4, (0.02, 0.1), value=(1.0, 8.0)),
    Hazard("function_compute.slow_start", 0.3, (0.5, 1.0), value=(0.1, 0.6)),
    Hazard("function_compute.throttle", 0.1, (0.5, 1.0), most=2),
    Hazard("function_compute.away", 0.1, (0.5, 1.0), most=2),
    Hazard("dingtalk.qps", 0.4, (0.02, 0.15)),
    Hazard("dingtalk.error_500", 0.4, (0.02, 0.15)),
    Hazard("dingtalk.token_expired", 0.3, (0.02, 0.1)),
    Hazard("dingtalk.card_refused", 0.3, (0.05, 0.3)),
    Hazard("dingtalk.card_undelivered", 0.2, (0.05, 0.2)),
    Hazard("dingtalk.streaming_refused", 0.2, (0.02, 0.1)),
    Hazard("dingtalk.webhook_expired", 0.3, (0.2, 0.8)),
    Hazard("dingtalk.away", 0.3, (0.02, 0.1)),
    Hazard("dingtalk.slow", 0.3, (0.02, 0.1), value=(0.1, 1.0)),
    Hazard("tablestore.busy", 0.4, (0.02, 0.15)),
    Hazard("tablestore.conflict", 0.3, (0.02, 0.15)),
    Hazard("tablestore.drop_before", 0.4, (0.02, 0.1)),
    Hazard("tablestore.drop_after", 0.4, (0.02, 0.1)),
    Hazard("tablestore.slow", 0.3, (0.02, 0.1), value=(0.05, 0.5)),
    Hazard("tablestore.away", 0.15, (1.0, 1.0), most=6),
    Hazard("kms.busy", 0.3, (0.1, 0.6)),
    Hazard("kms.throttle", 0.3, (0.1, 0.6)),
    Hazard("kms.away", 0.2, (0.1, 0.5)),
    Hazard("kms.slow", 0.2, (0.1, 0.5), value=(0.1, 1.5)),
    Hazard("knowledge.error_500", 0.2, (0.05, 0.2)),
    Hazard("knowledge.refuse", 0.2, (0.05, 0.2)),
    Hazard("knowledge.break", 0.2, (0.05, 0.2), value=(1, 8)),
    Hazard("knowledge.abort", 0.2, (0.05, 0.2), value=(1, 8)),
    Hazard("knowledge.empty", 0.2, (0.05, 0.2)),
    Hazard("knowledge.busy", 0.2, (0.05, 0.2)),
    Hazard("knowledge.slow", 0.3, (0.05, 0.3), value=(0.02, 0.1)),
    Hazard("knowledge.stall", 0.3, (0.05, 0.2), value=(0.2, 1.5)),
)

#: No fault, and left out by the same option.
HOUSEKEEPING = "housekeeping"

#: One at a time; how long and when is drawn.
OUTAGES = (
    Outage("outage.tablestore", "tablestore.away"),
    Outage("outage.dingtalk", "dingtalk.away"),
    Outage("outage.function_compute", "function_compute.away"),
    Outage("outage.kms", "kms.away"),
)
_SHORTEST_OUTAGE, _LONGEST_OUTAGE = 5.0, 60.0


def chosen(only: Sequence[str], without: Sequence[str]) -> tuple[Hazard, ...]:
    """The hazards named by `only` (none named: all), less those named by `without`.

    Raises:
        LookupError: there is neither such a hazard nor such an outage.
    """
    _check(only, without)
    return tuple(
        hazard for hazard in HAZARDS if (not only or hazard.name in only) and hazard.name not in without
    )


def chosen_outages(only: Sequence[str], without: Sequence[str]) -> tuple[Outage, ...]:
    """The outages, in the same way.

    Raises:
        LookupError: as for `chosen`.
    """
    _check(only, without)
    return tuple(one for one in OUTAGES if (not only or one.name in only) and one.name not in without)


def _check(only: Sequence[str], without: Sequence[str]) -> None:
    known = [*(one.name for one in (*HAZARDS, *OUTAGES)), HOUSEKEEPING]
    for name in (*only, *without):
        if name not in known:
            raise LookupError(f"No fault is named {name!r}. There are: {', '.join(known)}.")


def draw_outage(random: Random, outages: Sequence[Outage]) -> Outage:
    """One of them, most often a short one, now and then as long as a minute."""
    seconds = _SHORTEST_OUTAGE + (_LONGEST_OUTAGE - _SHORTEST_OUTAGE) * random.random() ** 2
    return replace(random.choice(outages), seconds=round(seconds, 1))


def draw_spells(random: Random, hazards: Sequence[Hazard], *, always: bool = False) -> tuple[Spell, ...]:
    """The faults of the next while.

    always: each of them, as when only a few were asked for.
    """
    return tuple(_spell(random, hazard) for hazard in hazards if always or random.random() < hazard.often)


def _spell(random: Random, hazard: Hazard) -> Spell:
    return Spell(
        hazard.name,
        probability=random.uniform(*hazard.probability),
        value=f"{random.uniform(*hazard.value):.3f}" if hazard.value else "",
        count=random.randint(1, hazard.most) if hazard.most else None,
    )
