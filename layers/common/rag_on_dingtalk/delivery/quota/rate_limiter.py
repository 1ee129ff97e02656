"""The calls of one process to one API, limited within any second; frames give way to all other calls."""

from __future__ import annotations

import asyncio
import bisect
import math
from itertools import count
from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.pacing import SECOND_MS, WAY_MS, spare_calls
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.delivery.quota.monthly import MonthlyQuota

#: Between two looks of the call that waits first: its share may have grown, or a call have been answered.
_LOOK_MS = 50


class Place:
    """What one call takes of the share.

    sent_ms: when it was let through; free_ms: when another may be let through in its stead.
    """

    __slots__ = ("free_ms", "sent_ms")

    def __init__(self, sent_ms: int) -> None:
        self.sent_ms = sent_ms
        self.free_ms = sent_ms + WAY_MS + SECOND_MS


class _Waiting:
    """A call that waits for its place; ordered by when it began to."""

    __slots__ = ("is_first", "order")

    def __init__(self, since_ms: int, number: int) -> None:
        self.order = since_ms, number
        self.is_first = asyncio.Event()

    def __lt__(self, other: _Waiting) -> bool:
        return self.order < other.order


class RateLimiter:
    """Lets calls through in the order they came.

    DingTalk counts a call when it arrives, which is between its leaving and its answer. Its place is free a
    second after the answer: whatever the way took, no second of DingTalk's has more calls than there are
    places. A call that is not answered within `WAY_MS` has arrived by then.

    month: how many calls there may be within a second; told when one has to wait.
    clock: milliseconds.
    sleep: seconds.
    """

    def __init__(
        self, month: MonthlyQuota, *, clock: Callable[[], int], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._month = month
        self._clock = clock
        self._sleep = sleep
        self._places: list[Place] = []
        self._paused_until = 0
        #: Calls that wait, the first one first.
        self._line: list[_Waiting] = []
        self._numbers = count()
        # asyncio's locks are fair: the frame that came first is served first.
        self._frames = asyncio.Lock()
        self._waiting_frames = 0
        #: Calls let through so far.
        self.sent = 0

    @property
    def used(self) -> int:
        """Places that are not free."""
        now_ms = self._clock()
        self._places = [place for place in self._places if place.free_ms > now_ms]
        return len(self._places)

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return len(self._line) + self._waiting_frames

    @property
    def expected_ms(self) -> int:
        """How long a call that comes now will wait, as far as can be told."""
        ahead = len(self._line) + self.used
        return SECOND_MS * (ahead // max(self._month.prospect, 1))

    async def acquire(
        self, priority: Priority, *, since_ms: int | None = None, until_ms: float = math.inf
    ) -> Place | None:
        """Wait for a place, and take it; None: there was none until then.

        since_ms: when the call began to wait, if that was before now.
        A frame gets a place that no other call wants.
        """
        if priority is Priority.FRAME:
            return await self._acquire_spare()
        waiting = _Waiting(self._clock() if since_ms is None else since_ms, next(self._numbers))
        bisect.insort(self._line, waiting)
        try:
            while True:
                if self._line[0] is not waiting:
                    waiting.is_first.clear()
                    await waiting.is_first.wait()
                elif (wait_ms := self._wait_ms(spare=False)) <= 0:
                    return self._take()
                elif self._clock() >= until_ms:
                    return None
                else:
                    await self._wait(wait_ms)
        finally:
            self._line.remove(waiting)
            if self._line:
                self._line[0].is_first.set()

    def try_acquire(self) -> Place | None:
        """Take a place that no call waits for, if there is one now."""
        busy = self._line or self._frames.locked() or self._wait_ms(spare=True) > 0
        return None if busy else self._take()

    def answered(self, place: Place) -> None:
        """The call has been answered: its place is free a second from now."""
        place.free_ms = min(place.free_ms, self._clock() + SECOND_MS)

    def give_back(self, place: Place) -> None:
        """The call was not sent."""
        place.free_ms = 0

    def pause(self) -> None:
        """DingTalk refused a call for its rate: the documented remedy is a second without calls."""
        self._paused_until = self._clock() + SECOND_MS + WAY_MS

    def _take(self) -> Place:
        place = Place(self._clock())
        self._places.append(place)
        self.sent += 1
        return place

    async def _acquire_spare(self) -> Place:
        self._waiting_frames += 1
        try:
            async with self._frames:
                # Behind every other call that waits now.
                while self._line or (wait_ms := self._wait_ms(spare=True)) > 0:
                    await self._wait(_LOOK_MS if self._line else wait_ms)
                return self._take()
        finally:
            self._waiting_frames -= 1

    async def _wait(self, wait_ms: int) -> None:
        self._month.hurry()
        await self._sleep(min(wait_ms, _LOOK_MS) / 1000)

    def _wait_ms(self, *, spare: bool) -> int:
        """How long until a place is free, as far as can be told; 0: one is."""
        now_ms = self._clock()
        if self._paused_until > now_ms:
            return self._paused_until - now_ms
        share = self._month.share
        calls = spare_calls(share) if spare else share
        over = self.used - calls
        if over < 0:
            return 0
        if not calls:
            return _LOOK_MS
        return sorted(place.free_ms for place in self._places)[over] - now_ms
