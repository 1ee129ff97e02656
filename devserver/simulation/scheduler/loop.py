"""An asyncio event loop whose time is virtual and whose choices come from a seed.

What runs next is drawn among the callbacks that are ready. Callbacks that one step made ready keep their
order among themselves, as asyncio keeps it for the callbacks of one future; those of different steps may
overtake each other, which is what differing latencies do to a real loop.

Callbacks belong to a process: the one whose code scheduled them. A process can be killed, and then none of
its callbacks runs again, neither `finally` nor `except`; or frozen, and then they wait until it is thawed.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import heapq
import sys
import warnings
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import devserver.simulation.scheduler.scopes  # noqa: F401 - for its effect
from devserver.simulation.scheduler.process import Handle, Process

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from random import Random

#: A schedule that takes more steps than this goes round in circles.
MOST_STEPS = 2_000_000
#: Awaits in one coroutine's `finally` blocks, at most.
_MOST_CLEANUPS = 20


class SimulationError(Exception):
    """The simulation itself cannot go on; no verdict about the code it runs."""


class _Task(asyncio.Task[Any]):
    """A task that sets hold by its number and not by its address: anyio cancels the tasks of a set."""

    number = -1

    def __hash__(self) -> int:
        return self.number


class SimLoop(asyncio.AbstractEventLoop):
    """The loop of one schedule.

    random: draws what runs next.
    """

    def __init__(self, random: Random) -> None:
        self._draw = random.random
        self._now = 0.0
        self._timers: list[tuple[float, int, Handle]] = []
        self._timer_number = 0
        self._ready: list[deque[Handle]] = []
        self._batch: deque[Handle] = deque()
        self._batch_step = -1
        self._closed = False
        # A task that is garbage would run its `finally` blocks while the schedule goes on.
        self._tasks: list[asyncio.Task[Any]] = []
        self.steps = 0

    def time(self) -> float:
        """Seconds since the schedule began."""
        return self._now

    def get_debug(self) -> bool:
        """Asyncio asks before every step."""
        return False

    def is_closed(self) -> bool:
        """Whether the schedule is over."""
        return self._closed

    def is_running(self) -> bool:
        """As long as the schedule is not over."""
        return not self._closed

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Asyncio reports errors that no task awaited; the books judge by what people see."""

    def get_task_factory(self) -> None:
        """None: anyio asks whether tasks begin eagerly."""

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Any = None
    ) -> asyncio.Task[Any]:
        """A task of the process whose context this is."""
        if context is not None:
            return context.run(self.create_task, coro, name=name)  # type: ignore[no-any-return]
        task = _Task(coro, loop=self, name=name or "task")
        task.number = len(self._tasks)
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - killed on purpose
        self._tasks.append(task)
        return task

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> Handle:
        """Make it ready."""
        handle = Handle(callback, args, contextvars.copy_context() if context is None else context)
        if not self._closed:
            self._push(handle)
        return handle

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Handle:
        """Make it ready at that time."""
        context = contextvars.copy_context() if context is None else context
        handle = Handle(callback, args, context, when)
        if not self._closed:
            self._timer_number += 1
            heapq.heappush(self._timers, (when, self._timer_number, handle))
        return handle

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Handle:
        """Make it ready after `seconds`."""
        return self.call_at(self._now + max(delay, 0.0), callback, *args, context=context)

    async def shutdown_asyncgens(self) -> None:
        """Generators are closed by those who opened them."""

    async def shutdown_default_executor(self) -> None:
        """There are no threads."""

    def kill(self, process: Process) -> None:
        """End a process between two of its steps."""
        if process.dead:
            return
        process.dead = True
        process.killed_at = self._now
        for tell in process.at_end:
            tell()

    def freeze(self, process: Process, seconds: float) -> None:
        """Let a process take no step for so long; what it asked others to do goes on meanwhile."""
        if process.dead or process.frozen:
            return
        process.frozen = True
        process.frozen_spans.append((self._now, self._now + seconds))
        self.call_later(seconds, self._thaw, process, context=contextvars.Context())

    def _thaw(self, process: Process) -> None:
        process.frozen = False
        parked, process.parked = process.parked, []
        for handle in parked:
            self._push(handle)

    def run_until_complete(self, future: Any) -> Any:
        """Run a coroutine of the world's to its end.

        Raises:
            SimulationError: nothing is left to run, or there is no end.
        """
        asyncio._set_running_loop(self)  # noqa: SLF001 - how asyncio's own loops announce themselves
        try:
            main = self.create_task(future)
            while not main.done():
                self._step()
            return main.result()
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001

    def close(self) -> None:
        """Let go of everything; what killed code would still do on its way out has no effect any more."""
        self._closed = True
        with _silence():
            for task in self._tasks:
                _end(task)
            self._timers.clear()
            self._ready.clear()
            self._batch.clear()
            self._tasks.clear()

    def _push(self, handle: Handle) -> None:
        if self._batch_step != self.steps:
            self._batch_step = self.steps
            self._batch = deque()
            self._ready.append(self._batch)
        self._batch.append(handle)

    def _step(self) -> None:
        ready = self._ready
        if not ready:
            self._pass_time()
        chosen = int(self._draw() * len(ready)) if len(ready) > 1 else 0
        batch = ready[chosen]
        handle = batch.popleft()
        if not batch:
            last = ready.pop()
            if last is not batch:
                ready[chosen] = last
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise SimulationError(f"{MOST_STEPS} steps and no end; look at the last events of the trace.")
        process = handle.process
        if handle.dropped or (process is not None and process.dead):
            return
        if process is not None and process.frozen:
            process.parked.append(handle)
            return
        handle.context.run(handle.callback, *handle.args)

    def _pass_time(self) -> None:
        timers = self._timers
        while timers and timers[0][2].dropped:
            heapq.heappop(timers)
        if not timers:
            raise SimulationError("Nothing is left to run and the schedule has no end.")
        self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            handle = heapq.heappop(timers)[2]
            if not handle.dropped:
                self._ready.append(deque((handle,)))


def sweep() -> None:
    """Free what closed loops have left behind; never while a schedule runs."""
    with _silence():
        gc.collect()


@contextmanager
def _silence() -> Iterator[None]:
    """What goes wrong in code that was killed is told to no one."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with warnings.catch_warnings():
            # What a killed process had not yet begun is never awaited.
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.unraisablehook = hook


def _end(task: asyncio.Task[Any]) -> None:
    """Run what is left of a task's coroutine to its end, when nothing hears of it any more."""
    coroutine: Any = task.get_coro()
    for _ in range(_MOST_CLEANUPS):
        try:
            coroutine.close()
        except Exception:  # noqa: BLE001, S112 - it awaits something on its way out: the next one, then
            continue
        return
