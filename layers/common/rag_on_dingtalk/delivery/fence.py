"""Self-fencing: an invocation sends nothing once its own clock has passed its last confirmed lease."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Fence:
    """Checked immediately before every frame and every message leaves.

    The margin is the longest a call may take on its way, and what clocks may disagree: a call that leaves
    before it has arrived before another invocation may take the turn.

    margin_ms: how long before the lease's end sending stops.
    clock: milliseconds since the epoch.
    """

    def __init__(self, *, margin_ms: int, clock: Callable[[], int]) -> None:
        self._margin_ms = margin_ms
        self._clock = clock
        self._until_ms = 0
        self._confirmed = asyncio.Event()

    def confirmed(self, until_ms: int) -> None:
        """Tablestore has confirmed the lease up to `until_ms`."""
        self._until_ms = until_ms
        self._confirmed.set()

    def lift(self, until_ms: int) -> None:
        """There is no lease: the first attempt answers while Tablestore is away, and has just tried again.

        until_ms: the end of the lease if the write of it was carried out. A process that was frozen finds it
            over, and asks Tablestore once more before it sends: another invocation may have answered.
        """
        self.confirmed(until_ms)

    @property
    def is_open(self) -> bool:
        """Whether something may be sent now."""
        return self._clock() < self._until_ms - self._margin_ms

    async def opened(self) -> None:
        """Wait until something may be sent; the renewals, which run beside, confirm the lease again."""
        while not self.is_open:
            self._confirmed.clear()
            await self._confirmed.wait()
