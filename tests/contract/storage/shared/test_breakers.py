"""The breaker's row, through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest_asyncio

from emulators.faults import FaultBoard
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.resilience.circuit import Policy, State
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.breakers import Breaker, Permit
from rag_on_dingtalk.storage.tables import BREAKERS
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.observability.log_lines import Level
    from rag_on_dingtalk.storage.rows.client import Columns, Key
    from rag_on_dingtalk.storage.tables import Table

POLICY = Policy(threshold=3, pause_ms=60_000, probe_ms=120_000, fresh_ms=5_000)


class WatchedRows(Rows):
    """Counts reads, and can hold back what they found."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint=endpoint, instance=INSTANCE, credentials=lambda: KEY)
        self.reads = 0
        self.read = asyncio.Event()
        self.may_return = asyncio.Event()
        self.may_return.set()

    async def get(self, table: Table, key: Key) -> Columns | None:
        self.reads += 1
        row = await super().get(table, key)
        self.read.set()
        await self.may_return.wait()
        return row

    def hold(self) -> None:
        """From now on; `read` tells that something was found."""
        self.read.clear()
        self.may_return.clear()


class World:
    """Breakers of several instances over one store, and the time they all read."""

    def __init__(self, rows: WatchedRows, faults: FaultBoard) -> None:
        self.rows = rows
        self.faults = faults
        self.now_ms = 1_767_225_600_000
        self.log: list[str] = []

    def instance(self, name: str = "handbook") -> Breaker:
        return Breaker(self.rows, name, policy=POLICY, clock=lambda: self.now_ms, log=self._write)

    def _write(self, message: str, *, level: Level = "INFO", **_fields: str | int) -> None:
        self.log.append(f"{level} {message}")


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    faults = FaultBoard()
    async with tablestore(faults, [BREAKERS]) as url:
        rows = WatchedRows(url)
        yield World(rows, faults)
        await rows.close()


async def admitted(breaker: Breaker) -> Permit:
    permit = await breaker.admit()
    assert permit is not None
    return permit


async def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        await breaker.failed(await admitted(breaker), FailureKind.TIMEOUT)


async def opened(world: World) -> Breaker:
    breaker = world.instance()
    await fail(breaker, POLICY.threshold)
    return breaker


async def test_failures_in_a_row_open_the_circuit_for_all_instances(world: World) -> None:
    one, other = await opened(world), world.instance()

    assert await one.admit() is None
    assert await other.admit() is None
    assert (other.circuit.state, other.circuit.cause) == (State.OPEN, "timeout")


async def test_another_backend_is_asked_all_the_same(world: World) -> None:
    await opened(world)

    assert await world.instance("another").admit() is not None


async def test_an_instance_learns_what_the_others_know_when_its_knowledge_is_stale(world: World) -> None:
    healthy = world.instance()
    await admitted(healthy)
    await opened(world)
    assert await healthy.admit() is not None

    world.now_ms += POLICY.fresh_ms

    assert await healthy.admit() is None


async def test_one_success_starts_the_count_afresh(world: World) -> None:
    breaker = world.instance()
    await fail(breaker, POLICY.threshold - 1)
    await breaker.succeeded(await admitted(breaker))

    await fail(breaker, POLICY.threshold - 1)

    assert await breaker.admit() is not None


async def test_after_the_pause_one_of_many_instances_probes(world: World) -> None:
    await opened(world)
    world.now_ms += POLICY.pause_ms

    permits = await asyncio.gather(*(world.instance().admit() for _ in range(12)))

    assert sum(permit is not None for permit in permits) == 1


async def test_after_the_pause_one_of_many_questions_in_an_instance_probes(world: World) -> None:
    breaker = await opened(world)
    world.now_ms += POLICY.pause_ms

    permits = await asyncio.gather(*(breaker.admit() for _ in range(12)))

    assert sum(permit is not None for permit in permits) == 1


async def test_the_probes_first_word_lets_all_in_again(world: World) -> None:
    other = await opened(world)
    world.now_ms += POLICY.pause_ms
    prober = world.instance()
    await prober.heard(await admitted(prober))

    world.now_ms += POLICY.fresh_ms

    assert await prober.admit() is not None
    assert await other.admit() is not None
    assert world.log == ["WARNING breaker_changed", "WARNING breaker_changed", "INFO breaker_changed"]


async def test_a_failed_probe_pauses_everybody_again(world: World) -> None:
    breaker = await opened(world)
    world.now_ms += POLICY.pause_ms
    await fail(breaker)

    world.now_ms += POLICY.pause_ms - 1
    assert await world.instance().admit() is None

    world.now_ms += 1
    assert await world.instance().admit() is not None


async def test_a_probe_that_died_is_replaced_and_its_late_verdict_ignored(world: World) -> None:
    slow = await opened(world)
    world.now_ms += POLICY.pause_ms
    permit = await admitted(slow)
    world.now_ms += POLICY.probe_ms
    heir = world.instance()
    await admitted(heir)

    await slow.succeeded(permit)
    world.now_ms += POLICY.fresh_ms

    assert await world.instance().admit() is None
    assert heir.circuit.state is State.HALF_OPEN


async def test_questions_from_before_the_outage_do_not_open_the_circuit_again(world: World) -> None:
    breaker = world.instance()
    early = [await admitted(breaker) for _ in range(2 * POLICY.threshold)]
    for permit in early[: POLICY.threshold]:
        await breaker.failed(permit, FailureKind.TIMEOUT)
    world.now_ms += POLICY.pause_ms
    await breaker.heard(await admitted(breaker))

    for permit in early[POLICY.threshold :]:
        await breaker.failed(permit, FailureKind.TIMEOUT)

    assert await breaker.admit() is not None


async def test_two_instances_that_see_the_same_outage_open_the_circuit_once(world: World) -> None:
    one, other = world.instance(), world.instance()
    for breaker in (one, other):
        await fail(breaker, POLICY.threshold - 1)
    last = await asyncio.gather(admitted(one), admitted(other))

    await asyncio.gather(
        one.failed(last[0], FailureKind.BUSY), other.failed(last[1], FailureKind.UNREACHABLE)
    )

    assert await one.admit() is await other.admit() is None
    assert one.circuit == other.circuit
    assert one.circuit.version == 1


async def test_a_circuit_that_has_closed_takes_as_many_failures_to_open_again(world: World) -> None:
    breaker = await opened(world)
    world.now_ms += POLICY.pause_ms
    await breaker.heard(await admitted(breaker))

    await fail(breaker, POLICY.threshold - 1)

    assert await breaker.admit() is not None


async def test_a_read_from_before_the_circuit_opened_does_not_close_it(world: World) -> None:
    breaker = world.instance()
    early = [await admitted(breaker) for _ in range(POLICY.threshold)]
    world.now_ms += POLICY.fresh_ms
    world.rows.hold()
    reading = asyncio.ensure_future(breaker.admit())
    await world.rows.read.wait()
    for permit in early:
        await breaker.failed(permit, FailureKind.TIMEOUT)

    world.rows.may_return.set()

    assert await reading is None


async def test_many_questions_at_once_cost_a_healthy_backend_one_read(world: World) -> None:
    breaker = world.instance()
    await asyncio.gather(*(breaker.admit() for _ in range(50)))
    world.now_ms += POLICY.fresh_ms - 1
    await breaker.succeeded(await admitted(breaker))

    assert world.rows.reads == 1


async def test_while_tablestore_is_away_questions_pass(world: World) -> None:
    world.faults.switch_on("tablestore.away")
    breaker = world.instance()

    assert await breaker.admit() is not None
    assert await breaker.admit() is not None
    assert world.log == ["WARNING breaker_not_read"]


async def test_while_tablestore_is_away_an_instance_has_a_breaker_of_its_own(world: World) -> None:
    world.faults.switch_on("tablestore.away")
    breaker = world.instance()
    await fail(breaker, POLICY.threshold)
    assert await breaker.admit() is None

    world.now_ms += POLICY.pause_ms
    await breaker.heard(await admitted(breaker))

    assert await breaker.admit() is not None


async def test_a_probe_whose_claim_was_stored_but_not_confirmed_is_the_only_one(world: World) -> None:
    breaker = await opened(world)
    world.now_ms += POLICY.pause_ms
    # The answers to the read, to its repetition and to the claim.
    world.faults.switch_on("tablestore.drop_after", count=3)

    permit = await admitted(breaker)

    assert await world.instance().admit() is None
    await breaker.heard(permit)
    assert await world.instance().admit() is not None
