"""The deliveries of one turn to this process, one after another.

FC and DingTalk deliver twice, also to the same process. What one delivery does is known here even while
Tablestore is away: the next one begins when the first has ended, and never claims beside it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from rag_on_dingtalk.errors import TurnTakenError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class OneAtATime:
    """Lets one delivery of each turn through."""

    def __init__(self) -> None:
        self._locks: dict[str, anyio.Lock] = {}

    @asynccontextmanager
    async def of(self, turn_id: str, *, seconds: float) -> AsyncIterator[None]:
        """The block runs when no other delivery of this turn does. seconds: how long to wait for that.

        Raises:
            TurnTakenError: the other delivery had not ended by then.
        """
        lock = self._locks.setdefault(turn_id, anyio.Lock())
        try:
            with anyio.fail_after(max(seconds, 0)):
                await lock.acquire()
        except TimeoutError as error:
            raise TurnTakenError(
                f"This instance still answers an earlier delivery of the turn {turn_id}. It is tried again."
            ) from error
        try:
            yield
        finally:
            lock.release()
            if not lock.statistics().tasks_waiting and not lock.locked():
                self._locks.pop(turn_id, None)
