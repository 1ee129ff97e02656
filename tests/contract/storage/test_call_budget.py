"""Two answer processes and one app's quota: one emulator, one clock that stands still between events."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from emulators.faults import FaultBoard
from rag_on_dingtalk.delivery.card_stream import CardStream
from rag_on_dingtalk.delivery.pacing import Level
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.dingtalk.openapi.call_gate import USED_UP, Priority
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.counters import CallCounter
from rag_on_dingtalk.storage.tables import COUNTERS
from tests.contract.storage.store import INSTANCE, KEY, tablestore
from tests.unit.delivery.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from rag_on_dingtalk.delivery.pacing import Mode
    from rag_on_dingtalk.delivery.quota.reservation import CallReservation
    from rag_on_dingtalk.observability.log_lines import Level as LogLevel
    from rag_on_dingtalk.storage.rows.client import Columns, Key
    from rag_on_dingtalk.storage.tables import Table

CREATE_API = "POST /v1.0/card/instances/createAndDeliver"
STREAMING_API = "PUT /v1.0/card/streaming"
MESSAGE_API = "POST /v1.0/robot/oToMessages/batchSend"
#: Half of a call's time; what leaves within a second need not arrive within one.
NETWORK_SECONDS = 0.04


class CountedRows(Rows):
    """Counts requests, and knows when none is on its way."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint=endpoint, instance=INSTANCE, credentials=lambda: KEY)
        self.requests = 0
        self._on_their_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def settled(self) -> None:
        await self._idle.wait()

    async def get(self, table: Table, key: Key) -> Columns | None:
        self._begin()
        try:
            return await super().get(table, key)
        finally:
            self._end()

    async def put(
        self, table: Table, key: Key, columns: Mapping[str, object], condition: object | None = None
    ) -> bool:
        self._begin()
        try:
            return await super().put(table, key, columns, condition)  # type: ignore[arg-type]
        finally:
            self._end()

    def _begin(self) -> None:
        self.requests += 1
        self._on_their_way += 1
        self._idle.clear()

    def _end(self) -> None:
        self._on_their_way -= 1
        if not self._on_their_way:
            self._idle.set()


@dataclass
class DingTalk:
    """Serves `qps` calls per API within any one second, and refuses the others."""

    time: Timeline
    qps: int = 20
    served: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: int = 0

    async def call(
        self,
        reservation: CallReservation,
        api: str,
        *,
        priority: Priority = Priority.MUST,
        leaving: Callable[[], object] = lambda: None,
    ) -> None:
        async with reservation.reserve(api, priority):
            leaving()
            await self.time.sleep(NETWORK_SECONDS)
            if self.within_a_second(api) >= self.qps:
                self.refused += 1
                raise DingTalkError("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "", status=403)
            self.served[api].append(self.time())
            await self.time.sleep(NETWORK_SECONDS)

    def within_a_second(self, api: str) -> int:
        return sum(at > self.time() - 1_000 for at in self.served[api])

    @property
    def calls(self) -> int:
        return sum(len(times) for times in self.served.values())

    def busiest_second(self) -> int:
        return max(
            sum(at <= other < at + 1_000 for other in times) for times in self.served.values() for at in times
        )


class World:
    """DingTalk, Tablestore, and as many processes as a test wants."""

    def __init__(self, rows: CountedRows, faults: FaultBoard) -> None:
        self.rows = rows
        self.faults = faults
        self.time = Timeline(settled=rows.settled)
        self.dingtalk = DingTalk(self.time)
        self.log: Counter[str] = Counter()

    def process(self, name: str, *, monthly_calls: int | None = 5_000) -> DingTalkQuota:
        counter = CallCounter(self.rows, "ding1", me=name, clock=self.time, sleep=self.time.sleep)
        return DingTalkQuota(
            Budget(monthly_calls=monthly_calls),
            counter,
            clock=self.time,
            log=self._write,
            sleep=self.time.sleep,
        )

    async def answer(
        self, quota: DingTalkQuota, *, seconds: float = 30, mode: Mode = "economical"
    ) -> Outcome:
        """One answer of 2 000 characters as async_answer gives it: card, frames, final frame."""
        reservation = quota.reservation(mode=mode)
        try:
            if not await reservation.for_card():
                return Outcome("message", 0)
            await self.dingtalk.call(reservation, CREATE_API)
            await self._stream(reservation, seconds)
            await self.dingtalk.call(reservation, STREAMING_API)
            return Outcome("card", reservation.calls)
        finally:
            await reservation.aclose()

    async def message(self, quota: DingTalkQuota) -> None:
        """To a person who can be reached by a call only."""
        reservation = quota.reservation()
        try:
            await self.dingtalk.call(reservation, MESSAGE_API)
        finally:
            await reservation.aclose()

    async def spent(self) -> int:
        return (await CallCounter(self.rows, "ding1", me="reader", clock=self.time).read("2026-11")).spent

    async def _stream(self, reservation: CallReservation, seconds: float) -> None:
        async def opened() -> bool:
            return True

        async def show(text: Callable[[], str]) -> None:
            await self.dingtalk.call(reservation, STREAMING_API, priority=Priority.FRAME, leaving=text)

        frames = CardStream(
            opened=opened,
            show=show,
            pace=reservation,
            clock=self.time,
            log=self._write,
            sleep=self.time.sleep,
        )
        running = asyncio.create_task(frames.run())
        pieces = 40
        for piece in range(1, pieces + 1):
            frames.update("字" * (2_000 * piece // pieces))
            await self.time.sleep(seconds / pieces)
        await frames.stop()
        await running

    def _write(self, message: str, *, level: LogLevel = "INFO", **_fields: str | int) -> None:
        self.log[f"{level} {message}"] += 1


@dataclass(frozen=True)
class Outcome:
    """How an answer went out."""

    channel: str
    calls: int


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    faults = FaultBoard()
    async with tablestore(faults, [COUNTERS]) as url:
        rows = CountedRows(url)
        yield World(rows, faults)
        await rows.close()


@pytest.mark.parametrize(("mode", "least", "most"), [("live", 25, 32), ("economical", 7, 8), ("final", 1, 2)])
async def test_a_long_answer_costs_what_its_mode_says(
    world: World, mode: Mode, least: int, most: int
) -> None:
    outcome = await world.time.run(world.answer(world.process("p1"), mode=mode))

    assert least <= outcome.calls <= most
    assert await world.spent() == outcome.calls == world.dingtalk.calls


@pytest.mark.parametrize("mode", ["live", "economical"])
async def test_two_processes_with_twenty_answers_each_stay_below_the_limit(world: World, mode: Mode) -> None:
    quotas = [world.process("p1"), world.process("p2")]

    async def everything() -> list[Outcome]:
        return await asyncio.gather(
            *(world.answer(quota, seconds=20, mode=mode) for quota in quotas for _ in range(20))
        )

    outcomes = await world.time.run(everything())

    assert [outcome.channel for outcome in outcomes] == ["card"] * 40
    assert world.dingtalk.refused == 0
    assert world.dingtalk.busiest_second() <= 20
    assert await world.spent() == world.dingtalk.calls


async def test_a_process_that_starts_while_another_is_busy_finds_room(world: World) -> None:
    first, second = world.process("p1"), world.process("p2")

    async def later() -> list[Outcome]:
        await world.time.sleep(5)
        return await asyncio.gather(*(world.answer(second, seconds=10, mode="live") for _ in range(20)))

    async def everything() -> list[Outcome]:
        early = asyncio.gather(*(world.answer(first, seconds=20, mode="live") for _ in range(20)))
        return await later() + await early

    outcomes = await world.time.run(everything())

    assert len(outcomes) == 40
    assert world.dingtalk.refused == 0


async def test_a_months_budget_is_never_exceeded_and_every_answer_goes_out(world: World) -> None:
    quotas = [world.process(f"p{n}", monthly_calls=100) for n in range(3)]

    async def everything() -> list[Outcome]:
        outcomes = []
        for _ in range(10):
            outcomes += await asyncio.gather(*(world.answer(q, seconds=6) for q in quotas for _ in range(2)))
        return outcomes

    outcomes = await world.time.run(everything())

    channels = Counter(outcome.channel for outcome in outcomes)
    assert channels["card"] >= 15
    assert channels["card"] + channels["message"] == 60
    assert 90 <= world.dingtalk.calls <= 97
    assert quotas[0].level is Level.USED_UP


async def test_over_eighty_per_cent_answers_get_fewer_frames(world: World) -> None:
    quota = world.process("p1", monthly_calls=60)

    costs = [(await world.time.run(world.answer(quota, seconds=10))).calls for _ in range(10)]

    assert costs == [6] * 8 + [2, 2]


async def test_the_last_calls_are_for_people_who_can_be_reached_in_no_other_way(world: World) -> None:
    quota = world.process("p1", monthly_calls=10)
    while (await world.time.run(world.answer(quota, mode="final"))).channel == "card":
        pass
    assert world.dingtalk.calls == 6

    for _ in range(4):
        await world.time.run(world.message(quota))
    with pytest.raises(DingTalkError) as refusal:
        await world.time.run(world.message(quota))

    assert refusal.value.code == USED_UP
    assert not refusal.value.retryable
    assert world.dingtalk.calls == 10


async def test_a_card_that_is_out_is_closed_although_the_month_was_used_up_meanwhile(world: World) -> None:
    one, other = world.process("p1", monthly_calls=20), world.process("p2", monthly_calls=20)
    reservation = one.reservation()
    assert await reservation.for_card()
    await world.time.run(world.dingtalk.call(reservation, CREATE_API))
    while (await world.time.run(world.answer(other, mode="final"))).channel == "card":
        pass

    await world.time.run(world.dingtalk.call(reservation, STREAMING_API))

    assert world.dingtalk.calls <= 17


async def test_a_lonely_short_answer_costs_two_or_three_tablestore_requests(world: World) -> None:
    quota = world.process("p1")
    costs = []
    for _ in range(3):
        before = world.rows.requests
        await world.time.run(world.answer(quota, seconds=2))
        costs.append(world.rows.requests - before)

    assert costs == [3, 2, 2]


async def test_without_a_monthly_budget_tablestore_is_never_asked(world: World) -> None:
    outcome = await world.time.run(world.answer(world.process("p1", monthly_calls=None), mode="live"))

    assert outcome.channel == "card"
    assert world.rows.requests == 0


async def test_while_tablestore_is_away_answers_go_out_and_are_counted_later(world: World) -> None:
    quota = world.process("p1")
    world.faults.switch_on("tablestore.away")
    outcome = await world.time.run(world.answer(quota))
    assert outcome.channel == "card"
    world.faults.switch_off()
    await world.time.run(world.time.sleep(10))

    await world.time.run(world.answer(quota))

    assert await world.spent() == world.dingtalk.calls
    assert world.log["WARNING calls_not_counted"] < 10


async def test_while_tablestore_is_away_a_month_known_to_be_used_up_stays_so(world: World) -> None:
    quota = world.process("p1", monthly_calls=6)
    await world.time.run(world.answer(quota, mode="final"))
    world.faults.switch_on("tablestore.away")

    outcome = await world.time.run(world.answer(quota, mode="final"))

    assert outcome.channel == "message"


async def test_writes_that_may_have_happened_never_let_more_calls_out(world: World) -> None:
    world.faults.switch_on("tablestore.drop_after", probability=0.3)
    quotas = [world.process(f"p{n}", monthly_calls=60) for n in range(2)]

    async def everything() -> None:
        for _ in range(12):
            await asyncio.gather(*(world.answer(q, seconds=4) for q in quotas))
            await world.time.sleep(10)

    await world.time.run(everything())

    assert world.dingtalk.calls <= 60


async def test_a_call_refused_for_its_rate_costs_nothing(world: World) -> None:
    quota = world.process("p1")
    world.dingtalk.qps = 0
    reservation = quota.reservation()
    assert await reservation.for_card()
    with pytest.raises(DingTalkError):
        await world.time.run(world.dingtalk.call(reservation, CREATE_API))
    world.dingtalk.qps = 20

    await world.time.run(world.dingtalk.call(reservation, CREATE_API))
    await reservation.aclose()

    assert reservation.calls == 1
    assert await world.spent() == 1


async def test_a_new_month_begins_with_all_its_calls(world: World) -> None:
    quota = world.process("p1", monthly_calls=8)
    while (await world.time.run(world.answer(quota, mode="final"))).channel == "card":
        pass

    world.time.now_ms += 31 * 86_400_000

    assert quota.level is Level.AMPLE
    assert (await world.time.run(world.answer(quota, mode="final"))).channel == "card"
