"""A clock that stands still while anything happens, and jumps to whatever comes next."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

T = TypeVar("T")

NOW = 1_795_000_000_000
#: Callbacks that a wake-up may set off, one after the other.
_RIPPLES = 60


class Timeline:
    """Milliseconds since the epoch; `sleep` takes seconds.

    settled: waits for what happens outside the event loop, such as requests.
    """

    def __init__(self, *, settled: Callable[[], Awaitable[None]] | None = None) -> None:
        self.now_ms = NOW
        self._settled = settled
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def __call__(self) -> int:
        return self.now_ms

    async def sleep(self, seconds: float) -> None:
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now_ms + round(seconds * 1000), next(self._numbers), waking))
        await waking

    async def run(self, work: Coroutine[None, None, T]) -> T:
        """What the work comes to, in no time."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await self._ripple()
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            if self._sleepers and not task.done():
                at, _, waking = heapq.heappop(self._sleepers)
                self.now_ms = max(self.now_ms, at)
                waking.set_result(None)
        return await task

    async def _ripple(self) -> None:
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # asyncio's own, as in its tests
        for _ in range(_RIPPLES):
            await asyncio.sleep(0)
            if self._settled is not None:
                await self._settled()
            elif not ready:
                return
