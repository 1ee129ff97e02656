"""One instance: started once, initialised once, frozen whenever it has nothing to do, ended."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Literal

from emulators.function_compute.invocation import INITIALIZE, PRE_STOP, Invocation, Outcome, failure
from emulators.function_compute.runtimes.base import NotStartedError, RuntimeLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.observation import Journal
    from emulators.function_compute.runtimes.base import Launch, Runtime

State = Literal["starting", "running", "frozen", "stopped"]

#: How a function error begins whose cause is the process's end.
PROCESS_EXITED = "Process exited unexpectedly before completing request"

#: Between SIGTERM and SIGKILL.
GRACE_SECONDS = 2.0


class Instance:
    """A sandbox of one function.

    in_flight: requests that have been given to it, also while it is still starting.
    """

    def __init__(
        self,
        function: Function,
        instance_id: str,
        *,
        launch: Launch,
        journal: Journal,
        on_ended: Callable[[Instance], None],
    ) -> None:
        self.id = instance_id
        self.in_flight = 0
        self.state: State = "starting"
        self._function = function
        self._journal = journal
        self._on_ended = on_ended
        self._stalls = 0
        self._runtime: Runtime | None = None
        self._starting = asyncio.create_task(self._start(launch))
        self._attending: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process, once there is one."""
        return self._runtime.process.pid if self._runtime else None

    async def ready(self) -> Outcome | None:
        """Wait until it has started and initialised; the failure, if that is how it ended."""
        await asyncio.wait({self._starting})
        if self._starting.cancelled():
            return failure("The host was stopped before the instance had started")
        return self._starting.result()

    def abandon(self) -> None:
        """Do not wait for a start that is still going on."""
        self._starting.cancel()

    async def run(self, invocation: Invocation) -> Outcome:
        """Give it one invocation, within the function's timeout."""
        self._thaw()
        return await self._within(invocation, self._function.timeout)

    def freeze(self) -> None:
        """Nothing is in flight: stop every thread where it is."""
        if self.state == "running" and self._runtime:
            self._runtime.process.freeze()
            self.state = "frozen"
            self._journal.note("instance_frozen", self._function.name, instance_id=self.id)

    def stall(self, seconds: float) -> None:
        """Stop every thread though there is work in flight, and let them go on after `seconds`."""
        if self.state == "running" and self._runtime:
            self._stalls += 1
            self._runtime.process.freeze()
            self._journal.stalled(self._function.name, self.id, seconds)
            asyncio.get_running_loop().call_later(seconds, self._end_stall)

    def kill(self, signum: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal from outside, as the machine's owner may."""
        if self._runtime:
            self._runtime.process.send(signum)

    async def stop(self) -> None:
        """Run preStop, then end the process; returns when nothing of it is left."""
        await asyncio.wait({self._starting})
        hook = self._function.instance_lifecycle_config.pre_stop
        if self._runtime and self.state != "stopped":
            self._thaw()
            if hook and not self.in_flight:
                await self._within(Invocation(f"{self.id}-pre-stop", control_path=PRE_STOP), hook.timeout)
            await self._runtime.process.end(GRACE_SECONDS)
        if self._attending:
            await self._attending

    async def _start(self, launch: Launch) -> Outcome | None:
        self._journal.note("instance_starting", self._function.name, instance_id=self.id)
        try:
            self._runtime = await launch(self.id)
        except NotStartedError as error:
            self._ended(str(error))
            return failure(str(error), "FunctionNotStarted")
        self._attending = asyncio.create_task(self._attend(self._runtime))
        self.state = "running"
        hook = self._function.instance_lifecycle_config.initializer
        if hook:
            initializer = Invocation(f"{self.id}-initialize", control_path=INITIALIZE)
            outcome = await self._within(initializer, hook.timeout)
            if outcome.failed:
                await self._runtime.process.end(GRACE_SECONDS)
                await self._attending
                return outcome
        self._journal.note("instance_ready", self._function.name, instance_id=self.id)
        return None

    async def _within(self, invocation: Invocation, seconds: float) -> Outcome:
        """Whichever comes first: the answer, the process's end, the timeout."""
        assert self._runtime is not None
        process = self._runtime.process
        answer = asyncio.ensure_future(self._runtime.exchange(invocation))
        exited = asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait({answer, exited}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if answer.done() and isinstance(answer.exception(), RuntimeLostError):
                await asyncio.wait({exited}, timeout=GRACE_SECONDS)
                return failure(f"{PROCESS_EXITED}: {answer.exception()}")
            if answer.done():
                return answer.result()
            if exited.done():
                return failure(f"{PROCESS_EXITED} (code {exited.result()})")
            await process.end(GRACE_SECONDS)
            return failure(f"Function timed out after {seconds} seconds")
        finally:
            answer.cancel()
            exited.cancel()
            await asyncio.gather(answer, exited, return_exceptions=True)

    def _end_stall(self) -> None:
        self._stalls -= 1
        # Frozen for want of work it must stay; the next invocation thaws it.
        if not self._stalls and self.state == "running" and self._runtime:
            self._runtime.process.thaw()

    def _thaw(self) -> None:
        if self.state == "frozen" and self._runtime:
            self._runtime.process.thaw()
            self.state = "running"

    async def _attend(self, runtime: Runtime) -> None:
        code = await runtime.process.wait()
        self._ended(f"exit code {code}")
        await runtime.close()

    def _ended(self, why: str) -> None:
        self.state = "stopped"
        self._journal.note("instance_stopped", self._function.name, instance_id=self.id, detail=why)
        self._on_ended(self)
