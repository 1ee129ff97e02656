"""`breakers`: one row per backend that fails, so that all instances leave it alone and one tries it again.

Failures are counted in memory and the row changes only with the circuit's state: a healthy backend costs one
read per instance and `fresh_ms`. When Tablestore is away, each instance goes on with what it knows itself,
which at first is that the circuit is closed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NewType

from rag_on_dingtalk.errors import FailureKind, StateError
from rag_on_dingtalk.resilience.circuit import Admission, Circuit, Policy, State
from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import BREAKERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import Level, LogLine
    from rag_on_dingtalk.storage.rows.client import Columns, Rows

#: The circuit's version under which a question was let through; a verdict on an earlier one says nothing new.
Permit = NewType("Permit", int)


class Breaker:
    """Guards one backend, for all questions of this instance.

    name: the row's key.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self, rows: Rows, name: str, *, policy: Policy, clock: Callable[[], int], log: LogLine
    ) -> None:
        self._rows = rows
        self._name = name
        self._policy = policy
        self._clock = clock
        self._log = log
        self._circuit = Circuit()
        self._fresh_until = 0
        self._failures = 0
        self._catching_up = asyncio.Lock()

    @property
    def circuit(self) -> Circuit:
        """As this instance last knew it."""
        return self._circuit

    async def admit(self) -> Permit | None:
        """A permit to ask the backend, or None while it is left alone."""
        admission = self._admission()
        if self._stale() or admission is Admission.PROBE:
            async with self._catching_up:
                # One request serves all who wait here.
                if self._stale():
                    await self._read()
                admission = self._admission()
                if admission is Admission.PROBE:
                    return await self._probe()
        return Permit(self._circuit.version) if admission is Admission.ASK else None

    async def heard(self, permit: Permit) -> None:
        """The backend has begun to answer: a probe need not wait for the end to let the others in."""
        if permit == self._circuit.version and self._circuit.state is State.HALF_OPEN:
            await self._change(self._circuit.closed(self._clock()))

    async def succeeded(self, permit: Permit) -> None:
        """The backend has finished what it had to say."""
        await self.heard(permit)
        if permit == self._circuit.version:
            self._failures = 0

    async def failed(self, permit: Permit, kind: FailureKind) -> None:
        """The backend could not answer; at the threshold, or for a probe, the circuit opens."""
        if permit != self._circuit.version:
            return
        self._failures += 1
        if self._circuit.state is State.HALF_OPEN or self._failures >= self._policy.threshold:
            await self._change(self._circuit.opened(self._clock(), self._policy, kind.value))

    async def _probe(self) -> Permit | None:
        probing = self._circuit.probed(self._clock(), self._policy)
        return Permit(probing.version) if await self._change(probing) else None

    def _admission(self) -> Admission:
        return self._circuit.admission(self._clock())

    def _stale(self) -> bool:
        return self._clock() >= self._fresh_until

    async def _read(self) -> None:
        before = self._circuit.version
        try:
            row = await self._rows.get(BREAKERS, self._name)
        except StateError as error:
            self._log("breaker_not_read", level="WARNING", breaker=self._name, error=str(error))
        else:
            # A change made here meanwhile is newer than what was read.
            if self._circuit.version == before:
                self._take(Circuit() if row is None else _circuit(row))
        # A store that is away is asked no more often than one that answers.
        self._fresh_until = self._clock() + self._policy.fresh_ms

    def _take(self, circuit: Circuit) -> None:
        if circuit.version != self._circuit.version:
            self._failures = 0
        self._circuit = circuit

    async def _change(self, to: Circuit) -> bool:
        """Bring the circuit to another state; False when another instance has changed it already."""
        unchanged = missing_or_equal("ver", self._circuit.version)
        # Before the store is asked: no other question of this instance may make the same change meanwhile.
        self._take(to)
        try:
            changed = await self._rows.put(BREAKERS, self._name, _row(to), unchanged)
        except StateError as error:
            self._log("breaker_not_written", level="WARNING", breaker=self._name, error=str(error))
            return True
        if not changed:
            self._fresh_until = 0
            return False
        self._fresh_until = self._clock() + self._policy.fresh_ms
        level: Level = "INFO" if to.state is State.CLOSED else "WARNING"
        self._log("breaker_changed", level=level, breaker=self._name, state=to.state.value, cause=to.cause)
        return True


def _row(circuit: Circuit) -> Columns:
    return {
        "state": circuit.state.value,
        "ver": circuit.version,
        "paused_until": circuit.paused_until,
        "since_ms": circuit.since_ms,
        "cause": circuit.cause,
    }


def _circuit(row: Columns) -> Circuit:
    return Circuit(
        state=State(row["state"]),
        version=int(row["ver"]),
        paused_until=int(row["paused_until"]),
        since_ms=int(row["since_ms"]),
        cause=str(row["cause"]),
    )
