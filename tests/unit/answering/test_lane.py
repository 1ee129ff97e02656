"""So many calls within any second, and frames last."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.answering.lane import Lane
from rag_on_dingtalk.answering.month import Uncounted
from rag_on_dingtalk.answering.pacing import SECOND_MS
from rag_on_dingtalk.config import Budget
from tests.unit.answering.timeline import NOW, Timeline


def lane_of(calls: int, time: Timeline) -> Lane:
    allotment = Uncounted(Budget(monthly_calls=None, calls_per_second=calls))
    return Lane(allotment, longest=calls, clock=time, sleep=time.sleep)


@given(
    calls=st.integers(1, 20), arrivals=st.lists(st.tuples(st.integers(0, 3_000), st.booleans()), max_size=40)
)
def test_no_second_has_more_calls_than_it_may(calls: int, arrivals: list[tuple[int, bool]]) -> None:
    time = Timeline()
    lane = lane_of(calls, time)
    sent: list[int] = []

    async def call(at: int, *, urgent: bool) -> None:
        await time.sleep(at / 1000)
        await (lane.urgent() if urgent else lane.spare())
        sent.append(time())

    async def everything() -> None:
        await asyncio.gather(*(call(at, urgent=urgent) for at, urgent in arrivals))

    asyncio.run(time.run(everything()))

    assert len(sent) == len(arrivals)
    assert all(sum(at <= other < at + SECOND_MS for other in sent) <= calls for at in sent)


async def test_whatever_is_urgent_goes_before_frames_that_came_earlier() -> None:
    time = Timeline()
    lane = lane_of(1, time)
    order: list[str] = []

    async def call(name: str, *, urgent: bool) -> None:
        await (lane.urgent() if urgent else lane.spare())
        order.append(name)

    async def everything() -> None:
        await lane.urgent()
        frames = [asyncio.ensure_future(call(f"frame {n}", urgent=False)) for n in range(2)]
        await asyncio.sleep(0)
        last = [asyncio.ensure_future(call(f"last {n}", urgent=True)) for n in range(2)]
        await asyncio.gather(*frames, *last)

    await time.run(everything())

    assert order == ["last 0", "last 1", "frame 0", "frame 1"]


async def test_a_frame_that_is_no_longer_wanted_takes_no_place() -> None:
    time = Timeline()
    lane = lane_of(1, time)
    await lane.urgent()

    async def give_up() -> None:
        waiting = asyncio.ensure_future(lane.spare())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await lane.urgent()

    await time.run(give_up())

    assert time() == NOW + SECOND_MS


async def test_what_waits_for_nothing_takes_only_what_nobody_waits_for() -> None:
    time = Timeline()
    lane = lane_of(1, time)
    assert lane.spare_now()
    assert not lane.spare_now()

    async def wait() -> bool:
        waiting = asyncio.ensure_future(lane.urgent())
        await asyncio.sleep(0)
        took = lane.spare_now()
        await waiting
        return took

    assert not await time.run(wait())


async def test_after_a_refusal_everybody_waits_a_second() -> None:
    time = Timeline()
    lane = lane_of(20, time)
    lane.pause()

    await time.run(lane.urgent())

    assert time() == NOW + SECOND_MS
