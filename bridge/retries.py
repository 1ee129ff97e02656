"""Messages that the queue did not take are tried again here: DingTalk may not send them again.

The page on the protocol says that robot messages are sent once, and users saw some come again. A second copy
in the queue does no harm, the answer is claimed by turn id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from rag_on_dingtalk.errors import QueueError
from rag_on_dingtalk.resilience.retry import retry, step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio.abc import TaskGroup

#: Seconds before each attempt; the last one repeats. About ten minutes in all.
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
MOST_ATTEMPTS = 14
#: Held at the same time; each is a few KB.
MOST_MESSAGES = 1_000


class Retries:
    """Messages on their second way into the queue.

    submit: whether the queue took a message. give_up: tells the person who asked.
    """

    def __init__(
        self,
        *,
        submit: Callable[[object], Awaitable[bool]],
        give_up: Callable[[object], Awaitable[None]],
        pauses: tuple[float, ...] = PAUSES,
        attempts: int = MOST_ATTEMPTS,
        most: int = MOST_MESSAGES,
    ) -> None:
        self._submit = submit
        self._give_up = give_up
        self._pauses = pauses
        self._attempts = attempts
        self._most = most
        self._stopping = anyio.Event()
        self.waiting = 0

    def add(self, data: object, tasks: TaskGroup) -> None:
        """Try a message again, beside everything else."""
        self.waiting += 1
        tasks.start_soon(self._to_its_end, data)

    def stop(self) -> None:
        """Try each one last time, at once."""
        self._stopping.set()

    async def _to_its_end(self, data: object) -> None:
        async def attempt() -> None:
            if not await self._submit(data):
                raise QueueError("The queue did not take it.")

        try:
            if self.waiting > self._most:
                await self._give_up(data)
                return
            await self._sleep(self._pauses[0])
            await retry(attempt, on=QueueError, pause=self._pause, sleep=self._sleep)
        except QueueError:
            await self._give_up(data)
        finally:
            self.waiting -= 1

    def _pause(self, _error: QueueError, failed: int) -> float | None:
        # The first attempt was the push itself.
        if failed + 1 >= self._attempts or self._stopping.is_set():
            return None
        return step(failed + 1, self._pauses)

    async def _sleep(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._stopping.wait()
