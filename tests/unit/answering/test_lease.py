from __future__ import annotations

import asyncio

import pytest

from rag_on_dingtalk.answering.claim import lease_end
from rag_on_dingtalk.answering.lease import hold_while
from rag_on_dingtalk.errors import LostClaimError


async def tick(_: float) -> None:
    """Time passes at once."""
    await asyncio.sleep(0)


async def test_the_claim_is_renewed_until_the_work_is_done() -> None:
    renewed = asyncio.Semaphore(0)

    async def work() -> None:
        for _ in range(3):
            await renewed.acquire()

    async def renew() -> None:
        renewed.release()

    await hold_while(work(), renew, every=10, sleep=tick)


async def test_a_lost_claim_cancels_the_work() -> None:
    stopped = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def renew() -> None:
        raise LostClaimError("taken over")

    with pytest.raises(LostClaimError):
        await hold_while(work(), renew, every=10, sleep=tick)
    assert stopped.is_set()


async def test_what_the_work_raises_comes_out() -> None:
    async def work() -> None:
        raise KeyError("broken")

    async def renew() -> None:
        pass

    with pytest.raises(KeyError):
        await hold_while(work(), renew, every=10, sleep=tick)


async def test_cancelling_cancels_the_work() -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def renew() -> None:
        pass

    held = asyncio.ensure_future(hold_while(work(), renew, every=10, sleep=tick))
    await begun.wait()
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await held
    assert stopped.is_set()


def test_a_lease_never_outlives_its_invocation() -> None:
    assert lease_end(1_000, 30, 100_000) == 31_000
    assert lease_end(90_000, 30, 100_000) == 100_000
