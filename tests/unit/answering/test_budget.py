"""One answer's allowance, with a counter that is not asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.answering.budget import HELD_BACK, STREAMING_API, CallBudget
from rag_on_dingtalk.answering.month import Uncounted
from rag_on_dingtalk.config import Budget
from rag_on_dingtalk.errors import DingTalkError
from tests.unit.answering.timeline import Timeline

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.budget import Allowance

CREATE_API = "POST /v1.0/card/instances/createAndDeliver"
DOWNLOAD_API = "POST /v1.0/robot/messageFiles/download"
UPLOAD_API = "POST /media/upload"


class RecordingAllotment(Uncounted):
    """Grants everything, and notes how many calls were taken and whether as essential ones."""

    def __init__(self, settings: Budget) -> None:
        super().__init__(settings)
        self.taken: list[tuple[int, bool]] = []

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:
        self.taken.append((calls, essential))
        return await super().take(calls, ahead=ahead, essential=essential)


def budget_of(time: Timeline, *, calls_per_second: int = 20) -> CallBudget:
    settings = Budget(monthly_calls=None, calls_per_second=calls_per_second)
    return CallBudget(settings, None, clock=time, log=lambda *_, **__: None, sleep=time.sleep)


async def fill(allowance: Allowance, calls: int) -> None:
    for _ in range(calls):
        await allowance.enter(STREAMING_API, patient=True)


async def test_calls_are_counted_and_those_refused_for_their_rate_are_not() -> None:
    allowance = budget_of(Timeline()).allowance()
    await fill(allowance, 3)

    allowance.not_counted(STREAMING_API)

    assert allowance.calls == 2


async def test_each_api_has_a_second_of_its_own() -> None:
    time = Timeline()
    allowance = budget_of(time, calls_per_second=1).allowance()
    before = time()

    async def both() -> None:
        await allowance.enter(CREATE_API, patient=True)
        await allowance.enter(STREAMING_API, patient=True)

    await time.run(both())

    assert time() == before


async def test_what_waits_for_nothing_is_held_back_when_the_second_is_full() -> None:
    allowance = budget_of(Timeline(), calls_per_second=2).allowance()
    await fill(allowance, 2)

    with pytest.raises(DingTalkError) as refusal:
        await allowance.enter(STREAMING_API, patient=False)

    assert refusal.value.code == HELD_BACK
    assert not refusal.value.retryable
    assert allowance.calls == 2


async def test_a_frame_that_has_waited_for_its_place_is_not_held_back() -> None:
    time = Timeline()
    allowance = budget_of(time, calls_per_second=1).allowance()

    async def frame() -> bool:
        await allowance.enter(STREAMING_API, patient=True)
        allowed = await allowance.for_frame("live")
        await allowance.enter(STREAMING_API, patient=False)
        return allowed

    assert await time.run(frame())
    assert allowance.calls == 2


async def test_a_picture_that_is_uploaded_meanwhile_does_not_take_the_place_of_a_frame() -> None:
    time = Timeline()
    allowance = budget_of(time, calls_per_second=1).allowance()

    async def both() -> None:
        assert await allowance.for_frame("live")
        await allowance.enter(UPLOAD_API, patient=True)
        await allowance.enter(STREAMING_API, patient=False)

    await time.run(both())

    assert allowance.calls == 2


@pytest.mark.parametrize("api", [UPLOAD_API, DOWNLOAD_API])
async def test_files_take_nothing_of_what_closing_a_card_needs(api: str) -> None:
    budget = budget_of(Timeline())
    budget.allotment = allotment = RecordingAllotment(budget.settings)
    allowance = budget.allowance()
    assert await allowance.for_card("final")

    await allowance.enter(api, patient=True)
    await fill(allowance, 3)

    # Of the card two calls are set aside, and only then are words worth one that was kept back.
    assert allotment.taken == [(2, False), (1, False), (1, True)]


async def test_a_call_given_up_while_it_waited_is_not_counted() -> None:
    time = Timeline()
    allowance = budget_of(time, calls_per_second=1).allowance()
    await fill(allowance, 1)
    waiting = asyncio.ensure_future(allowance.enter(STREAMING_API, patient=True))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert allowance.calls == 1


async def test_a_final_answer_has_no_frames() -> None:
    assert not await budget_of(Timeline()).allowance().for_frame("final")
