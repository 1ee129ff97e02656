"""Signs of one kind that come together are noted together: one change of the row, not one for each.

When a backend fails, all of an instance's answers fail with it. Hundreds of compare and swaps of one row
at once would lose to each other, and hold up what else the instance asks of Tablestore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rag_on_dingtalk.observability.incidents.rules import Sign

#: The bot and the kind of trouble.
Key: TypeAlias = tuple[str, str]
T = TypeVar("T")


class _Batch:
    def __init__(self, first: Sign) -> None:
        self.signs = [first]
        self.noted = anyio.Event()


class GatheredSigns(Generic[T]):
    """Notes the signs of each bot and kind in batches, one batch after another.

    note: changes the row by signs that are all bad, or all good; returns what follows from it.
    """

    def __init__(self, note: Callable[[str, Sequence[Sign]], Awaitable[T]]) -> None:
        self._note = note
        self._locks: dict[Key, anyio.Lock] = {}
        self._waiting: dict[Key, _Batch] = {}

    async def add(self, bot: str, sign: Sign) -> T | None:
        """What follows from the batch, to the caller that carries it out; None to the others.

        Both return when the sign is noted: an invocation that has ended may be frozen at any time.

        Raises:
            StateError: as `note`, to the caller whose sign was the first of its batch.
        """
        key = (bot, sign.kind)
        batch = self._waiting.get(key)
        if batch is not None and batch.signs[0].bad == sign.bad:
            batch.signs.append(sign)
            await batch.noted.wait()
            return None
        batch = self._waiting[key] = _Batch(sign)
        try:
            async with self._locks.setdefault(key, anyio.Lock()):
                # From here on a further sign begins a batch of its own.
                if self._waiting.get(key) is batch:
                    del self._waiting[key]
                return await self._note(bot, batch.signs)
        finally:
            if self._waiting.get(key) is batch:
                del self._waiting[key]
            batch.noted.set()
