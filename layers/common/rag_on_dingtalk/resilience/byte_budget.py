"""How many bytes of pictures and files one process holds at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Hold:
    """Bytes that were reserved before they were fetched; give back what turned out not to be needed."""

    def __init__(self, budget: ByteBudget, size: int) -> None:
        self._budget = budget
        self.size = size

    def shrink(self, size: int) -> None:
        """Hold only `size` bytes from now on; never more than before."""
        if size < self.size:
            self._budget._give_back(self.size - size)  # noqa: SLF001 - the two are one thing
            self.size = size


class ByteBudget:
    """A semaphore that counts bytes: first come, first served, so that a large file is not passed for ever.

    A caller that holds bytes must not ask for more: two that do would wait for each other.

    limit: of all that is held at a time. What is larger than that waits until nothing else is held.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, size: int) -> AsyncIterator[Hold]:
        """Wait until there is room for `size` bytes, and keep it until the block ends."""
        size = min(size, self.limit)
        await self._acquire(size)
        hold = Hold(self, size)
        try:
            yield hold
        finally:
            hold.shrink(0)

    async def _acquire(self, size: int) -> None:
        if not self._waiting and self.held + size <= self.limit:
            self.held += size
            return
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (size, admitted)
        self._waiting.append(entry)
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                # Admitted in the moment in which the wait was given up.
                self._give_back(size)
            elif entry in self._waiting:
                self._waiting.remove(entry)
                self._admit()
            raise

    def _give_back(self, size: int) -> None:
        self.held -= size
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self.held + self._waiting[0][0] <= self.limit:
            size, admitted = self._waiting.popleft()
            # Cancelled, but not heard of it yet: its turn goes to the next.
            if not admitted.cancelled():
                self.held += size
                admitted.set_result(None)
