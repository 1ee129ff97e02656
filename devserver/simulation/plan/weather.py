"""What becomes of one call to a service: drawn from rates, or dictated by an outage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from random import Random

    from devserver.simulation.scheduler.loop import SimLoop
    from devserver.simulation.scheduler.process import Process

#: ok: carried out and answered. refused: answered with an error, nothing was done. lost_before: no answer,
#: nothing was done. lost_after: no answer, and it was done all the same. late: the same, long after the
#: caller has given up.
Kind = Literal["ok", "refused", "lost_before", "lost_after", "late"]


@dataclass(frozen=True)
class Rates:
    """How often each kind of fault strikes one call.

    slow: the call takes seconds on its way there or back. late: see `Kind`.
    """

    refused: float = 0.0
    lost_before: float = 0.0
    lost_after: float = 0.0
    slow: float = 0.0
    late: float = 0.0


CALM = Rates()
_LATE_SECONDS = (6.5, 25.0)


@dataclass(frozen=True)
class Fate:
    """What becomes of one call.

    there, back: seconds until it reaches the service, and until its answer is back; an answer that is lost is
        never back.
    """

    kind: Kind
    there: float
    back: float


@dataclass(frozen=True)
class Outage:
    """A while in which every call has the same fate.

    process: whose calls; None: everybody's.
    """

    until: float
    kind: Kind
    process: Process | None = None


class Weather:
    """The way to one service and back.

    usual: seconds one way, from and to; slow: the same for a slow call.
    """

    def __init__(
        self,
        loop: SimLoop,
        random: Random,
        rates: Rates,
        *,
        usual: tuple[float, float],
        slow: tuple[float, float],
    ) -> None:
        self._loop = loop
        self._random = random
        self._rates = rates
        self._usual = usual
        self._slow = slow
        self._outages: list[Outage] = []
        self.clears_at = 0.0

    def begin(self, outage: Outage) -> None:
        """From now on."""
        self._outages.append(outage)
        self.clears_at = max(self.clears_at, outage.until)

    def calm_down(self) -> None:
        """From now on only outages strike: whatever was left undone must come right."""
        self._rates = CALM

    def fate(self, process: Process | None) -> Fate:
        """Of a call that this process makes now."""
        draw = self._random.random
        low, high = self._usual
        there, back = low + draw() * (high - low), low + draw() * (high - low)
        if self._outages:
            now = self._loop.time()
            self._outages = [one for one in self._outages if one.until > now]
            for outage in self._outages:
                if outage.process is None or outage.process is process:
                    return Fate(outage.kind, there, back)
        if self._rates is CALM:
            return Fate("ok", there, back)
        if draw() < self._rates.slow:
            low, high = self._slow
            if draw() < 0.5:
                there = low + draw() * (high - low)
            else:
                back = low + draw() * (high - low)
        kind = self._kind()
        if kind == "late":
            low, high = _LATE_SECONDS
            there = low + draw() * (high - low)
        return Fate(kind, there, back)

    def _kind(self) -> Kind:
        rates, chance = self._rates, self._random.random()
        faults: tuple[tuple[Kind, float], ...] = (
            ("refused", rates.refused),
            ("lost_before", rates.lost_before),
            ("lost_after", rates.lost_after),
            ("late", rates.late),
        )
        for kind, rate in faults:
            if chance < rate:
                return kind
            chance -= rate
        return "ok"
