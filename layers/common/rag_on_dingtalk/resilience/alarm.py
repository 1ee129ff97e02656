"""A time limit for one wait after the other, by one timer that is set anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


class Alarm:
    """Ends waits that take too long.

    An answer is read in hundreds of pieces, each with its own limit; a cancel scope for each was a sixth of
    what an answer cost. Here the first wait's timer looks, when it fires, whether the limit has moved on.
    """

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._waiting: asyncio.Task[object] | None = None
        self._rang = False

    async def wait(self, awaitable: Awaitable[T], seconds: float) -> T:
        """What it comes to, within that time. One wait at a time.

        Raises:
            TimeoutError: it took longer, and was cancelled.
        """
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that is awaited runs in a task
        self._due = loop.time() + seconds
        if self._timer is None or self._timer.when() > self._due:
            self._set(loop)
        self._waiting, self._rang = task, False
        try:
            return await awaitable
        except asyncio.CancelledError:
            if not self._rang:
                raise
            # Before Python 3.11 a task does not count who has cancelled it.
            getattr(task, "uncancel", int)()
            # Where its surroundings were cancelled in the same moment, anyio's scopes cancel again.
            raise TimeoutError from None
        finally:
            self._waiting = None

    def stop(self) -> None:
        """There is nothing left to wait for."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, loop: asyncio.AbstractEventLoop) -> None:
        self.stop()
        self._timer = loop.call_at(self._due, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._waiting is None:
            return
        if loop.time() < self._due:
            self._set(loop)
            return
        self._rang = True
        self._waiting.cancel()
