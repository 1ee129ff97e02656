"""The calls of one process to one API, so many within any second; frames give way to everything else."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from rag_on_dingtalk.answering.pacing import SECOND_MS, spare_calls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.answering.month import Allotment


class Lane:
    """Lets calls through in the order they came.

    allotment: how often this process may call.
    clock: milliseconds.
    sleep: seconds.
    """

    def __init__(
        self,
        allotment: Allotment,
        *,
        longest: int,
        clock: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._allotment = allotment
        self._clock = clock
        self._sleep = sleep
        self._sent: deque[int] = deque(maxlen=longest)
        self._paused_until = 0
        # asyncio's locks are fair: whoever came first is served first.
        self._urgent = asyncio.Lock()
        self._spare = asyncio.Lock()

    async def urgent(self) -> None:
        """Wait for a place; nobody but an earlier one of these comes first."""
        async with self._urgent:
            while (wait_ms := self._wait_ms(spare=False)) > 0:
                await self._wait(wait_ms)
            self._sent.append(self._clock())

    async def spare(self) -> None:
        """Wait for a place that nothing urgent wants."""
        async with self._spare:
            while True:
                # Behind everything urgent that waits now.
                async with self._urgent:
                    wait_ms = self._wait_ms(spare=True)
                    if wait_ms <= 0:
                        self._sent.append(self._clock())
                        return
                await self._wait(wait_ms)

    def spare_now(self) -> bool:
        """Take a place that nobody waits for, if there is one."""
        free = not self._urgent.locked() and not self._spare.locked() and self._wait_ms(spare=True) <= 0
        if free:
            self._sent.append(self._clock())
        return free

    def pause(self) -> None:
        """DingTalk refused a call for its rate: the documented remedy is to wait a second, for everybody."""
        self._paused_until = self._clock() + SECOND_MS

    async def _wait(self, wait_ms: int) -> None:
        # What has been seen of the others meanwhile may allow more, or less.
        if not await self._allotment.look():
            await self._sleep(wait_ms / 1000)

    def _wait_ms(self, *, spare: bool) -> int:
        share = self._allotment.share
        calls = spare_calls(share) if spare else share.calls
        now_ms = self._clock()
        free_ms = self._sent[-calls] + share.window_ms if len(self._sent) >= calls else 0
        return max(free_ms, self._paused_until) - now_ms
