"""The calls of one answer, with a month that is not asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.delivery.fence import Fence
from rag_on_dingtalk.delivery.quota.monthly import UncountedMonth
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.dingtalk.openapi.call_gate import HELD_BACK, USED_UP, Priority, not_sent
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from tests.unit.delivery.timeline import NOW, Timeline

if TYPE_CHECKING:
    from rag_on_dingtalk.delivery.quota.reservation import CallReservation

CREATE_API = "POST /v1.0/card/instances/createAndDeliver"
STREAMING_API = "PUT /v1.0/card/streaming"
UPDATE_API = "PUT /v1.0/card/instances"
UPLOAD_API = "POST /media/upload"
THROTTLED = DingTalkError("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "too fast", status=403)


class RecordingMonth(UncountedMonth):
    """Grants everything, and notes the calls taken, those ahead, and whether they were essential."""

    name = "2026-11"

    def __init__(self, settings: Budget) -> None:
        super().__init__(settings)
        self.taken: list[tuple[int, int, bool]] = []
        self.returned = 0

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:
        self.taken.append((calls, ahead, essential))
        return await super().take(calls, ahead=ahead, essential=essential)

    def put_back(self, calls: int) -> None:
        self.returned += calls


def quota_of(time: Timeline, *, calls_per_second: int = 20) -> DingTalkQuota:
    settings = Budget(monthly_calls=None, calls_per_second=calls_per_second)
    return DingTalkQuota(settings, None, clock=time, log=lambda *_, **__: None, sleep=time.sleep)


async def send(
    reservation: CallReservation,
    api: str = STREAMING_API,
    priority: Priority = Priority.MUST,
    *,
    error: BaseException | None = None,
) -> None:
    async with reservation.reserve(api, priority):
        if error is not None:
            raise error


async def fill(reservation: CallReservation, calls: int) -> None:
    for _ in range(calls):
        await send(reservation)


def without_a_connection() -> DingTalkError:
    """A call that was never sent, for want of a connection."""
    error = DingTalkError("unreachable", "no answer")
    error.never_left = True
    return error


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (THROTTLED, False),
        (without_a_connection(), False),
        (DingTalkError("Forbidden.AccessDenied.QpmLimitForApi", "too fast", status=403), False),
        (not_sent(HELD_BACK, "the text was withdrawn"), False),
        (DingTalkError("system.busy", "busy", status=429), True),
        (DingTalkError("unreachable", "no answer"), True),
        (DingTalkError("param.error", "no", status=400), True),
        (asyncio.CancelledError(), True),
    ],
    ids=lambda value: getattr(value, "code", None),
)
async def test_a_call_is_counted_unless_dingtalk_does_not_count_it(
    error: BaseException, *, counted: bool
) -> None:
    quota = quota_of(Timeline())
    quota.month = month = RecordingMonth(quota.settings)
    reservation = quota.reservation()
    await fill(reservation, 2)

    with pytest.raises(type(error)):
        await send(reservation, error=error)
    await reservation.aclose()

    assert reservation.calls == 2 + counted
    # What was not counted can be spent again.
    assert month.returned == (not counted)


async def test_the_call_that_closes_a_waiting_card_stays_with_its_question() -> None:
    quota = quota_of(Timeline())
    quota.month = month = RecordingMonth(quota.settings)
    first = quota.reservation()
    assert await first.for_card()
    await send(first, CREATE_API)
    set_aside_in = first.leave_one()
    await first.aclose()
    # The month has nothing left for others to spend of it, and the later invocation asks for nothing.
    assert (set_aside_in, month.returned) == (month.name, 0)
    taken = len(month.taken)

    later = quota.reservation(set_aside_in=set_aside_in)
    await send(later)
    await later.aclose()

    assert (len(month.taken), month.returned, later.calls) == (taken, 0, 1)


async def test_without_a_card_nothing_is_left_and_a_month_later_nothing_is_found() -> None:
    quota = quota_of(Timeline())
    quota.month = month = RecordingMonth(quota.settings)

    assert quota.reservation().leave_one() == ""
    later = quota.reservation(set_aside_in="1999-12")
    await send(later)

    assert month.taken == [(1, 0, True)]


@pytest.mark.parametrize("priority", [Priority.MUST, Priority.EXTRA, Priority.FRAME])
async def test_after_a_throttled_call_every_call_of_the_api_waits_a_second(priority: Priority) -> None:
    time = Timeline()
    reservation = quota_of(time).reservation(mode="live")

    async def both() -> None:
        with pytest.raises(DingTalkError):
            await send(reservation, error=THROTTLED)
        await send(reservation, CREATE_API)
        assert time() == NOW
        await send(reservation, STREAMING_API, priority)

    await time.run(both())

    assert time() > NOW + 1_000


async def test_each_api_has_a_second_of_its_own() -> None:
    time = Timeline()
    reservation = quota_of(time, calls_per_second=1).reservation()

    async def both() -> None:
        await send(reservation, CREATE_API)
        await send(reservation)

    await time.run(both())

    assert time() == NOW


async def test_a_frame_waits_for_its_place() -> None:
    time = Timeline()
    reservation = quota_of(time, calls_per_second=1).reservation(mode="live")

    async def frame() -> None:
        await fill(reservation, 1)
        await send(reservation, priority=Priority.FRAME)

    await time.run(frame())

    assert time() >= NOW + 1_000
    assert reservation.calls == 2


async def test_a_note_is_refused_when_the_second_is_full() -> None:
    reservation = quota_of(Timeline(), calls_per_second=2).reservation(mode="final")
    await send(reservation, priority=Priority.NICE)
    await fill(reservation, 1)

    with pytest.raises(DingTalkError) as refusal:
        await send(reservation, priority=Priority.NICE)

    assert refusal.value.code == HELD_BACK
    assert not refusal.value.retryable
    assert reservation.calls == 2


@pytest.mark.parametrize(
    ("priority", "taken"),
    [
        # A card sets two calls aside; only after these is the reply worth one that was kept back.
        (Priority.MUST, [(2, 10, False), (1, 0, True)]),
        # The buttons come before the last frame, which needs the call that is set aside.
        (Priority.OFFER, [(2, 10, False), *[(1, 0, True)] * 2]),
        # Pictures and files take nothing of what closing a card needs, and frames bring their own.
        (Priority.EXTRA, [(2, 10, False), *[(1, 0, False)] * 3]),
        (Priority.NICE, [(2, 10, False), *[(1, 0, False)] * 3]),
        (Priority.FRAME, [(2, 10, False), *[(1, 10, False)] * 3]),
    ],
)
async def test_which_calls_a_priority_may_use(priority: Priority, taken: list[tuple[int, int, bool]]) -> None:
    quota = quota_of(Timeline())
    quota.month = month = RecordingMonth(quota.settings)
    reservation = quota.reservation(mode="live")
    assert await reservation.for_card()

    for _ in range(3):
        await send(reservation, UPLOAD_API, priority)

    assert month.taken == taken


class LastCalls(UncountedMonth):
    """A month with `left` calls left, of which `kept_back` are kept back."""

    name = "2026-11"

    def __init__(self, settings: Budget, left: int, kept_back: int) -> None:
        super().__init__(settings)
        self.left, self.kept_back = left, kept_back

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:  # noqa: ARG002 - as in RecordingMonth
        enough = self.left - calls >= (0 if essential else self.kept_back)
        self.left -= calls if enough else 0
        return enough

    def put_back(self, calls: int) -> None:
        self.left += calls


IN_DOUBT = DingTalkError("unreachable", "no answer")


@pytest.mark.parametrize("kept_back", [0, 3])
@pytest.mark.parametrize("left", range(2, 6))
@pytest.mark.parametrize("attempts", [1, 2, 3])
@pytest.mark.parametrize("offer", [False, True])
async def test_a_card_that_may_have_been_created_can_be_closed_whatever_the_month_has_left(
    *, left: int, kept_back: int, attempts: int, offer: bool
) -> None:
    quota = quota_of(Timeline())
    quota.month = month = LastCalls(quota.settings, left + kept_back, kept_back)
    reservation = quota.reservation()
    assert await reservation.for_card()

    sent = 0
    for _ in range(attempts):
        with pytest.raises(DingTalkError) as refusal:
            await send(reservation, CREATE_API, error=IN_DOUBT)
        sent += refusal.value is IN_DOUBT
    # What is kept back is for the closing, and for messages.
    assert sent == min(attempts, left - 1)
    assert month.left >= kept_back
    if offer and month.left:
        await send(reservation, UPDATE_API, Priority.OFFER)
    elif offer:
        with pytest.raises(DingTalkError) as refusal:
            await send(reservation, UPDATE_API, Priority.OFFER)
        assert refusal.value.code == USED_UP
    await send(reservation)


async def test_a_creation_that_left_no_card_can_be_repeated_with_the_call_it_did_not_use() -> None:
    quota = quota_of(Timeline())
    quota.month = month = LastCalls(quota.settings, 2, 0)
    reservation = quota.reservation()
    assert await reservation.for_card()
    with pytest.raises(DingTalkError):
        await send(reservation, CREATE_API, error=without_a_connection())

    await send(reservation, CREATE_API)
    await send(reservation)

    assert month.left == 0


async def test_a_call_given_up_while_it_waited_is_not_counted() -> None:
    time = Timeline()
    reservation = quota_of(time, calls_per_second=1).reservation()
    await fill(reservation, 1)
    waiting = asyncio.ensure_future(send(reservation))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert reservation.calls == 1


async def test_a_final_answer_has_no_frames() -> None:
    with pytest.raises(DingTalkError) as refusal:
        await send(quota_of(Timeline()).reservation(mode="final"), priority=Priority.FRAME)

    assert refusal.value.code == USED_UP
    assert not refusal.value.retryable


async def test_behind_a_closed_fence_frames_and_notes_are_refused_and_other_calls_wait() -> None:
    time = Timeline()
    fence = Fence(margin_ms=0, clock=time)
    reservation = quota_of(time).reservation(fence, mode="live")

    for unwanted_later in (Priority.FRAME, Priority.NICE):
        with pytest.raises(DingTalkError) as refusal:
            await send(reservation, priority=unwanted_later)
        assert refusal.value.code == HELD_BACK
    waiting = [asyncio.ensure_future(send(reservation, priority=p)) for p in (Priority.MUST, Priority.EXTRA)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert reservation.calls == 0
    fence.confirmed(NOW + 1_000)
    await asyncio.gather(*waiting)

    assert reservation.calls == 2
