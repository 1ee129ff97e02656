"""`counters`, as limits use it: a number that never passes a bound, and in it each question once.

One row a counter. `n` is the number; beside it stands a column for every question that is in it, named by
its turn. Both change in one update, whose condition names both: a retry, a redelivery or an update whose
answer was lost finds the question's column and counts it no second time, and it is taken out once. A question
that was given back keeps its column: a late update of an instance that was frozen changes nothing.

Source: "Conditional update" and "Atomic counters" in Tablestore's documentation; that one update may do both,
and that its condition may name columns it changes, holds on the emulator and is unconfirmed on the service.
"""

from __future__ import annotations

import asyncio
import random
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.conditions import (
    both,
    missing,
    missing_or_below,
    there_and_equal,
    there_and_other,
)
from rag_on_dingtalk.storage.tables import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.storage.rows.client import Rows

    Counter = tuple[str, str]

_COUNT = "n"
#: What stands in a question's column: it is counted (a place holds its end instead), or it was given back.
_IN_IT = 1
_GIVEN_BACK = 0
#: Of an update that fails, or of a counter that changes between looking and taking. Seconds, growing.
_TRIES = 4
_PAUSE_SECONDS = 0.05
#: Counters that this process remembers as high; in a minute's window they are soon of no interest.
_REMEMBERED = 10_000


class Taking(Enum):
    """What came of taking one.

    LOW: taken, or taken before; the counter stays below what was to be noticed.
    HIGH: the same at or above it. FULL: not taken.
    """

    LOW = "low"
    HIGH = "high"
    FULL = "full"


class LimitCounters:
    """Counted questions, and places for answers.

    sleep: seconds.
    """

    def __init__(self, rows: Rows, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._rows = rows
        self._sleep = sleep
        self._high: set[Counter] = set()

    async def take(
        self, counter: Counter, turn_id: str, *, most: int, notice: int, again: bool = False
    ) -> Taking:
        """Count the question if fewer than `most` are counted, unless it is counted already.

        notice: the number from which on HIGH is answered; above `most`: never. Below it this is one request.
        again: an earlier invocation may have counted it, so looking comes first.

        Raises:
            StateError: Tablestore could not be asked; it may be counted all the same.
        """
        below = min(notice - 1, most)
        look_first = again or below < 1 or counter in self._high
        failure: StateError | None = None
        for attempt in range(_TRIES):
            try:
                if attempt == 0 and not look_first and await self._add(counter, turn_id, below):
                    return Taking.LOW
                count, counted = await self._look(counter, turn_id)
                self._remember(counter, high=count >= below)
                if counted:
                    return Taking.HIGH if count >= notice else Taking.LOW
                if count >= most:
                    return Taking.FULL
                if await self._add(counter, turn_id, most):
                    return Taking.HIGH if count + 1 >= notice else Taking.LOW
                failure = None
            except StateError as error:
                failure = error
            await self._sleep(_PAUSE_SECONDS * (attempt + random.random()))  # noqa: S311 - jitter
        if failure is not None:
            raise failure
        # It was full a moment before each try.
        return Taking.FULL

    async def count(self, counter: Counter) -> int:
        """How many questions are counted.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row = await self._rows.get_columns(COUNTERS, counter, (_COUNT,))
        return int(row.get(_COUNT, 0))

    async def give_back(self, counter: Counter, turn_id: str) -> bool:
        """Take the question out of the number, for good: no later `take` counts it. False: it was not in it.

        Raises:
            StateError: as for `take`; the same call again does no harm.
        """

        async def _give_back() -> bool:
            out = {turn_id: _GIVEN_BACK}
            counted = there_and_other(turn_id, _GIVEN_BACK)
            if await self._rows.update(COUNTERS, counter, add={_COUNT: -1}, put=out, condition=counted):
                return True
            # A `take` may be on its way still. If it arrives before this, it is found by the next try.
            if await self._rows.update(COUNTERS, counter, put=out, condition=missing(turn_id)):
                return False
            return await self._rows.update(COUNTERS, counter, add={_COUNT: -1}, put=out, condition=counted)

        return await self._retried(_give_back)

    async def occupy(self, counter: Counter, turn_id: str, *, most: int, now_ms: int, until_ms: int) -> bool:
        """Take a place for an answer until it is vacated, or until then at the latest; False: none is free.

        A place that an earlier invocation of the turn left behind is taken over.

        Raises:
            StateError: Tablestore could not be asked; a place may be taken all the same, until then.
        """
        for _ in range(_TRIES):
            if await self._add(counter, turn_id, most, until_ms):
                return True
            row = await self._rows.get(COUNTERS, counter) or {}
            taken = {name: int(value) for name, value in row.items() if name != _COUNT}
            if turn_id in taken:
                unchanged = there_and_equal(turn_id, taken[turn_id])
                if await self._rows.update(COUNTERS, counter, put={turn_id: until_ms}, condition=unchanged):
                    return True
                continue
            expired = {name: end for name, end in taken.items() if end < now_ms}
            for name, end in expired.items():
                await self._remove(counter, name, there_and_equal(name, end))
            if not expired and len(taken) >= most:
                return False
        return False

    async def vacate(self, counter: Counter, turn_id: str, *, until_ms: int) -> bool:
        """Give the place back; False when it has been taken over, or was taken for ended.

        Raises:
            StateError: as for `occupy`.
        """
        return await self._retried(
            partial(self._remove, counter, turn_id, there_and_equal(turn_id, until_ms))
        )

    async def _add(self, counter: Counter, turn_id: str, below: int, value: int = _IN_IT) -> bool:
        return await self._rows.update(
            COUNTERS,
            counter,
            add={_COUNT: 1},
            put={turn_id: value},
            condition=both(missing_or_below(_COUNT, below), missing(turn_id)),
        )

    async def _look(self, counter: Counter, turn_id: str) -> tuple[int, bool]:
        row = await self._rows.get_columns(COUNTERS, counter, (_COUNT, turn_id))
        return int(row.get(_COUNT, 0)), turn_id in row

    def _remember(self, counter: Counter, *, high: bool) -> None:
        """Of a counter that is high, the number is looked at first: an update would be refused."""
        if not high:
            self._high.discard(counter)
            return
        if len(self._high) >= _REMEMBERED:
            self._high.clear()
        self._high.add(counter)

    async def _retried(self, change: Callable[[], Awaitable[bool]]) -> bool:
        for attempt in range(_TRIES):
            try:
                return await change()
            except StateError:
                if attempt == _TRIES - 1:
                    raise
            await self._sleep(_PAUSE_SECONDS * (attempt + random.random()))  # noqa: S311 - jitter
        raise AssertionError  # the last try returns or raises

    async def _remove(self, counter: Counter, turn_id: str, condition: object) -> bool:
        return await self._rows.update(
            COUNTERS, counter, add={_COUNT: -1}, remove=(turn_id,), condition=condition
        )
