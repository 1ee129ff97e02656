"""Work that would hold up the event loop, in a thread beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: Up to here the work is done at once, characters: a thread costs as much as reading 100 of them, and others
#: wait for a few milliseconds at most.
SHORT = 10_000


async def off_loop(work: Callable[[], T], *, size: int) -> T:
    """What pure `work` returns. The other answers of this process go on while a long text is read.

    The interpreter changes from one thread to the other every 5 ms.

    size: of the text, characters.

    Raises:
        Exception: what `work` raises.
    """
    return work() if size <= SHORT else await asyncio.to_thread(work)
