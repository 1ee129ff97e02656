"""A limited number of calls within any second, and frames last."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.delivery.pacing import SECOND_MS, WAY_MS
from rag_on_dingtalk.delivery.quota.monthly import UncountedMonth
from rag_on_dingtalk.delivery.quota.rate_limiter import RateLimiter
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from tests.unit.delivery.timeline import NOW, Timeline


def limiter_of(calls: int, time: Timeline) -> RateLimiter:
    month = UncountedMonth(Budget(monthly_calls=None, calls_per_second=calls))
    return RateLimiter(month, clock=time, sleep=time.sleep)


@given(
    calls=st.integers(1, 20),
    asked=st.lists(
        st.tuples(
            st.integers(0, 3_000), st.integers(0, WAY_MS), st.integers(0, 900), st.sampled_from(Priority)
        ),
        max_size=40,
    ),
)
def test_in_no_second_more_calls_arrive_than_may(
    calls: int, asked: list[tuple[int, int, int, Priority]]
) -> None:
    time = Timeline()
    limiter = limiter_of(calls, time)
    arrived: list[int] = []

    async def call(at: int, way: int, rest: int, priority: Priority) -> None:
        await time.sleep(at / 1000)
        place = await limiter.acquire(priority)
        assert place is not None
        await time.sleep(way / 1000)
        arrived.append(time())
        await time.sleep(rest / 1000)
        limiter.answered(place)

    async def everything() -> None:
        await asyncio.gather(*(call(*one) for one in asked))

    asyncio.run(time.run(everything()))

    assert len(arrived) == len(asked)
    assert all(sum(at <= other < at + SECOND_MS for other in arrived) <= calls for at in arrived)


async def test_other_calls_go_before_frames_that_came_earlier() -> None:
    time = Timeline()
    limiter = limiter_of(1, time)
    order: list[str] = []

    async def call(name: str, priority: Priority) -> None:
        await limiter.acquire(priority)
        order.append(name)

    async def everything() -> None:
        await limiter.acquire(Priority.MUST)
        frames = [asyncio.ensure_future(call(f"frame {n}", Priority.FRAME)) for n in range(2)]
        await asyncio.sleep(0)
        last = [asyncio.ensure_future(call(f"last {n}", Priority.MUST)) for n in range(2)]
        await asyncio.gather(*frames, *last)

    await time.run(everything())

    assert order == ["last 0", "last 1", "frame 0", "frame 1"]


async def test_a_frame_that_is_no_longer_wanted_takes_no_place() -> None:
    time = Timeline()
    limiter = limiter_of(1, time)
    await limiter.acquire(Priority.MUST)

    async def give_up() -> None:
        waiting = asyncio.ensure_future(limiter.acquire(Priority.FRAME))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await limiter.acquire(Priority.MUST)

    await time.run(give_up())

    assert time() == NOW + WAY_MS + SECOND_MS


async def test_the_place_of_a_call_is_free_a_second_after_its_answer() -> None:
    time = Timeline()
    limiter = limiter_of(1, time)

    async def call() -> None:
        place = await limiter.acquire(Priority.MUST)
        assert place is not None
        await time.sleep(0.05)
        limiter.answered(place)
        await limiter.acquire(Priority.MUST)

    await time.run(call())

    assert time() == NOW + 50 + SECOND_MS


async def test_the_place_of_a_call_that_was_not_sent_is_free_at_once() -> None:
    time = Timeline()
    limiter = limiter_of(1, time)

    async def call() -> None:
        place = await limiter.acquire(Priority.MUST)
        assert place is not None
        limiter.give_back(place)
        await limiter.acquire(Priority.MUST)

    await time.run(call())

    assert time() == NOW


async def test_a_call_that_finds_no_place_in_time_is_not_let_through() -> None:
    time = Timeline()
    limiter = limiter_of(1, time)
    await limiter.acquire(Priority.MUST)

    late = await time.run(limiter.acquire(Priority.MUST, until_ms=NOW + 300))

    assert late is None
    assert NOW + 300 <= time() < NOW + 400


async def test_what_a_call_will_wait_is_told_by_those_ahead_of_it() -> None:
    time = Timeline()
    limiter = limiter_of(2, time)
    assert limiter.expected_ms == 0
    for _ in range(2):
        await limiter.acquire(Priority.MUST)
    assert limiter.expected_ms == SECOND_MS

    async def crowd() -> int:
        waiting = [asyncio.ensure_future(limiter.acquire(Priority.MUST)) for _ in range(4)]
        await asyncio.sleep(0)
        expected = limiter.expected_ms
        await asyncio.gather(*waiting)
        return expected

    assert await time.run(crowd()) == 3 * SECOND_MS


async def test_a_place_is_taken_at_once_only_if_no_call_waits_for_it() -> None:
    time = Timeline()
    limiter = limiter_of(1, time)
    assert limiter.try_acquire()
    assert not limiter.try_acquire()

    async def wait() -> bool:
        waiting = asyncio.ensure_future(limiter.acquire(Priority.MUST))
        await asyncio.sleep(0)
        took = limiter.try_acquire() is not None
        await waiting
        return took

    assert not await time.run(wait())


async def test_after_a_refusal_all_calls_wait_a_second() -> None:
    time = Timeline()
    limiter = limiter_of(20, time)
    limiter.pause()

    await time.run(limiter.acquire(Priority.MUST))

    assert time() > NOW + SECOND_MS
