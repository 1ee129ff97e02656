"""Several processes of one app, a Tablestore of dictionaries and a DingTalk that counts, on one timeline."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.errors import DingTalkError, StateError
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from rag_on_dingtalk.storage.shared.counters import CallCounter
from tests.in_process import MemoryRows
from tests.unit.delivery.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.delivery.quota.reservation import CallReservation
    from rag_on_dingtalk.storage.rows.client import Columns, Key
    from rag_on_dingtalk.storage.tables import Table

CREATE_API = "POST /v1.0/card/instances/createAndDeliver"
STREAMING_API = "PUT /v1.0/card/streaming"
_THROTTLED = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
_REQUEST_SECONDS = 0.01


class SlowRows(MemoryRows):
    """Answers after a while; loses the answers to a part of the writes, carried out or not."""

    def __init__(self, time: Timeline, random: Random, *, lost: float = 0.0) -> None:
        super().__init__()
        self._time = time
        self._random = random
        self._lost = lost

    async def get(self, table: Table, key: Key) -> Columns | None:
        await self._time.sleep(_REQUEST_SECONDS / 2)
        row = await super().get(table, key)
        await self._time.sleep(_REQUEST_SECONDS / 2)
        return row

    async def put(
        self, table: Table, key: Key, columns: Mapping[str, object], condition: object = None
    ) -> bool:
        await self._time.sleep(_REQUEST_SECONDS / 2)
        lost = self._random.random() < self._lost
        if lost and self._random.random() < 0.5:
            raise StateError("OTSTimeout", "lost on its way", ambiguous=True)
        written = await super().put(table, key, columns, condition)
        await self._time.sleep(_REQUEST_SECONDS / 2)
        if lost:
            raise StateError("OTSTimeout", "its answer was lost", ambiguous=True)
        return written


@dataclass
class CountingDingTalk:
    """Serves `limit` calls per API within any second, and refuses the others.

    way: how long a call is on its way, in seconds, at least and at most; carrying_out: the same of the rest.
    """

    time: Timeline
    random: Random
    limit: int = 20
    way: tuple[float, float] = (0.0, 0.19)
    carrying_out: tuple[float, float] = (0.0, 0.5)
    arrived: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def call(self, reservation: CallReservation, api: str, priority: Priority = Priority.MUST) -> None:
        async with reservation.reserve(api, priority):
            await self.time.sleep(self.random.uniform(*self.way))
            times = self.arrived[api]
            times.append(self.time())
            if sum(at > self.time() - 1_000 for at in times) > self.limit:
                raise DingTalkError(_THROTTLED, "too fast", status=403)
            await self.time.sleep(self.random.uniform(*self.carrying_out))

    @property
    def busiest_second(self) -> int:
        """The most calls to one API that arrived within any second."""
        return max(
            (
                sum(at <= other < at + 1_000 for other in times)
                for times in self.arrived.values()
                for at in times
            ),
            default=0,
        )


@dataclass
class Fleet:
    """The processes of one app.

    limit: calls a second. lost: how many of Tablestore's answers are lost.
    """

    seed: int = 1
    limit: int = 20
    lost: float = 0.0
    time: Timeline = field(default_factory=Timeline)

    def __post_init__(self) -> None:
        random = Random(self.seed)  # noqa: S311 - as given
        self.dingtalk = CountingDingTalk(self.time, random, self.limit)
        self.rows = SlowRows(self.time, random, lost=self.lost)

    def process(self, name: str, *, skew_ms: int = 0) -> DingTalkQuota:
        """A process whose clock is ahead by that."""

        def _clock() -> int:
            return self.time() + skew_ms

        counter = CallCounter(self.rows, "ding1", me=name, clock=_clock, sleep=self.time.sleep)  # type: ignore[arg-type]  # the same methods over a dictionary
        return DingTalkQuota(
            Budget(monthly_calls=50_000, calls_per_second=self.limit),
            counter,
            clock=_clock,
            log=lambda *_, **__: None,
            sleep=self.time.sleep,
        )

    async def answer(
        self, quota: DingTalkQuota, *, at: float, seconds: float, frames: int = 0, dies: bool = False
    ) -> tuple[int, int]:
        """How long after `at` the card stood in the chat, and was closed, in milliseconds.

        dies: the process ends before it closes the card, and gives nothing back.
        """
        await self.time.sleep(at)
        began = self.time()
        reservation = quota.reservation(mode="live")
        assert await reservation.for_card()
        await self.dingtalk.call(reservation, CREATE_API)
        stood = self.time() - began
        if dies:
            return stood, -1
        for _ in range(frames):
            await self.dingtalk.call(reservation, STREAMING_API, Priority.FRAME)
        left = began + seconds * 1000 - self.time()
        if left > 0:
            await self.time.sleep(left / 1000)
        await self.dingtalk.call(reservation, STREAMING_API)
        closed = self.time() - began
        await reservation.aclose()
        return stood, closed

    def run(self, *answers: object) -> list[tuple[int, int]]:
        """What the answers come to."""

        async def _all() -> list[tuple[int, int]]:
            return await asyncio.gather(*answers)  # type: ignore[call-overload,no-any-return]  # coroutines of `answer`

        return asyncio.run(self.time.run(_all()))
