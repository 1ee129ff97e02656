"""Keeping a claim while the work goes on, and stopping the work when the claim is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine


async def hold_while(
    work: Coroutine[None, None, None],
    renew: Callable[[], Awaitable[None]],
    *,
    every: float,
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Run `work`, calling `renew` every so many seconds until it is finished.

    Raises:
        Exception: what `work` raises; or what `renew` raises, and then `work` was cancelled first.
    """

    async def _keep_renewing() -> None:
        while True:
            await sleep(every)
            await renew()

    working, renewing = asyncio.ensure_future(work), asyncio.ensure_future(_keep_renewing())
    try:
        await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Also when this task itself is cancelled: neither may go on without it.
        for task in (working, renewing):
            task.cancel()
        worked, renewed = await asyncio.gather(working, renewing, return_exceptions=True)
    for outcome in (worked, renewed):
        if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
            raise outcome
