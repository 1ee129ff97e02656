"""The instances of one function: warm ones first, new ones when all are full, none forever."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from emulators.function_compute.instance import PROCESS_EXITED, Instance, State

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.invocation import Invocation, Outcome
    from emulators.function_compute.observation import Journal
    from emulators.function_compute.runtimes.base import Launch


class ThrottledError(RuntimeError):
    """Raised when every instance the function may have is full."""


class InstanceView(msgspec.Struct, frozen=True):
    """An instance, for the inspector."""

    function: str
    instance_id: str
    state: State
    pid: int | None
    in_flight: int


class Mishap(msgspec.Struct, frozen=True):
    """What befalls the instance of one invocation; seconds count from the invocation's begin.

    kill_after: kill -9; 0: before it begins; None: not at all.
    stall_after, stall_seconds: when it stands still, and for how long; None: not at all.
    """

    kill_after: float | None = None
    stall_after: float | None = None
    stall_seconds: float = 0.0


class Pool:
    """Hands invocations to the instances of `function`."""

    def __init__(self, function: Function, *, launch: Launch, idle_seconds: float, journal: Journal) -> None:
        self.function = function
        self._launch = launch
        self._idle_seconds = idle_seconds
        self._journal = journal
        self._instances: list[Instance] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._reclaims: dict[str, asyncio.TimerHandle] = {}
        self._stopping: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(
        self,
        invocation: Invocation,
        *,
        patience: float = 0.0,
        mishap: Mishap = Mishap(),  # noqa: B008 - frozen
        avoid: str = "",
        on_start: Callable[[str], None] | None = None,
    ) -> Outcome:
        """Run one invocation.

        patience: seconds to wait for a free place.
        avoid: the id of an instance that gets it only when no other one may be had.
        on_start: told the instance's id.

        Raises:
            ThrottledError: no place became free in time.
        """
        instance = await self._take(patience, avoid)
        try:
            failed = await instance.ready()
            if failed is None:
                if on_start:
                    on_start(instance.id)
                with self._journal.run(
                    self.function.name, instance.id, invocation.request_id, invocation.payload
                ) as run:
                    outcome = await self._run_on(instance, invocation, mishap)
                    run.killed = outcome.failed and PROCESS_EXITED.encode() in outcome.payload
            else:
                outcome = failed
            return msgspec.structs.replace(outcome, instance_id=instance.id)
        except asyncio.CancelledError:
            if self.function.instance_concurrency == 1:
                # It is still at work on what no caller waits for any more; it must not get the next request.
                instance.kill()
                self._end(instance)
            raise
        finally:
            self._give_back(instance)

    def instances(self) -> list[InstanceView]:
        """Those that live."""
        return [
            InstanceView(self.function.name, instance.id, instance.state, instance.pid, instance.in_flight)
            for instance in self._instances
        ]

    def kill(self, signum: signal.Signals) -> str:
        """Signal the busiest instance; returns its id.

        Raises:
            LookupError: there is none.
        """
        if not self._instances:
            raise LookupError(f"{self.function.name} has no instance to kill. Invoke it first.")
        busiest = max(self._instances, key=lambda instance: instance.in_flight)
        busiest.kill(signum)
        return busiest.id

    async def stop(self) -> None:
        """End every instance; no new ones are started."""
        self._closed = True
        for waiting in self._waiting:
            waiting.cancel()
        for instance in list(self._instances):
            instance.abandon()
            self._end(instance)
        if self._stopping:
            await asyncio.gather(*self._stopping)

    async def _run_on(self, instance: Instance, invocation: Invocation, mishap: Mishap) -> Outcome:
        loop = asyncio.get_running_loop()
        coming = []
        if mishap.kill_after is not None:
            if mishap.kill_after <= 0:
                instance.kill()
            coming.append(loop.call_later(mishap.kill_after, instance.kill))
        if mishap.stall_after is not None:
            coming.append(loop.call_later(mishap.stall_after, instance.stall, mishap.stall_seconds))
        try:
            return await instance.run(invocation)
        finally:
            for one in coming:
                one.cancel()

    async def _take(self, patience: float, avoid: str) -> Instance:
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            instance = self._with_room(avoid) or self._another() or self._with_room()
            if instance is not None:
                instance.in_flight += 1
                if reclaim := self._reclaims.pop(instance.id, None):
                    reclaim.cancel()
                return instance
            await self._wait_for_room(deadline)

    def _with_room(self, avoid: str = "") -> Instance | None:
        concurrency = self.function.instance_concurrency
        room = (i for i in self._instances if i.in_flight < concurrency and i.id != avoid)
        return next(room, None)

    def _another(self) -> Instance | None:
        if self._closed:
            raise ThrottledError("The host is stopping.")
        if len(self._instances) >= self.function.concurrency_config.reserved_concurrency:
            return None
        instance = Instance(
            self.function,
            f"c-{secrets.token_hex(8)}",
            launch=self._launch,
            journal=self._journal,
            on_ended=self._end,
        )
        self._instances.append(instance)
        return instance

    async def _wait_for_room(self, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        room = loop.create_future()
        self._waiting.append(room)
        try:
            done, _ = await asyncio.wait({room}, timeout=max(0.0, deadline - loop.time()))
        finally:
            if room in self._waiting:
                self._waiting.remove(room)
        if not done:
            raise ThrottledError(
                f"{self.function.name} has {len(self._instances)} instances and all are full. "
                "Try again later, or raise concurrencyConfig.reservedConcurrency."
            )

    def _give_back(self, instance: Instance) -> None:
        instance.in_flight -= 1
        self._announce_room()
        if not instance.in_flight and instance in self._instances and not self._closed:
            instance.freeze()
            loop = asyncio.get_running_loop()
            self._reclaims[instance.id] = loop.call_later(self._idle_seconds, self._end, instance)

    def _end(self, instance: Instance) -> None:
        """Give it no further requests, and see it off."""
        if instance in self._instances:
            self._instances.remove(instance)
            if reclaim := self._reclaims.pop(instance.id, None):
                reclaim.cancel()
            stopping = asyncio.create_task(instance.stop())
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)
            self._announce_room()

    def _announce_room(self) -> None:
        waiting = next((room for room in self._waiting if not room.done()), None)
        if waiting is not None:
            waiting.set_result(None)
