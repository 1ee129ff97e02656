"""What a clock shows in the simulation: the loop's virtual time, shifted for each instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devserver.simulation.scheduler.loop import SimLoop

#: When every schedule begins, in milliseconds since the epoch: in the midst of a month.
EPOCH_MS = 1_792_123_200_000


class Clock:
    """One instance's clock.

    skew_seconds: how far it is ahead of the true time.
    """

    def __init__(self, loop: SimLoop, skew_seconds: float = 0.0) -> None:
        self._loop = loop
        self._skew_ms = int(skew_seconds * 1000)

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return EPOCH_MS + int(self._loop.time() * 1000) + self._skew_ms

    def monotonic(self) -> float:
        """Seconds since the schedule began."""
        return self._loop.time()
