"""What the host tells its observers: events for the inspector, and whether anything is going on."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EventKind = Literal[
    "instance_starting",
    "instance_ready",
    "instance_frozen",
    "instance_stalled",
    "instance_stopped",
    "invocation_succeeded",
    "invocation_failed",
    "response_malformed",
    "task_enqueued",
    "task_running",
    "task_retrying",
    "task_succeeded",
    "task_failed",
    "task_expired",
    "task_stopped",
    "destination_invoked",
    "destination_skipped",
    "timer_fired",
]


class HostEvent(msgspec.Struct, frozen=True):
    """One thing that happened. Ids that do not apply are empty.

    at: seconds since the epoch.
    """

    kind: EventKind
    function: str
    at: float
    instance_id: str = ""
    request_id: str = ""
    task_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Stall:
    """The processor was taken from an instance that had work; seconds since the epoch."""

    instance_id: str
    began: float
    ended: float


@dataclass(eq=False)
class InstanceRun:
    """One invocation on one instance.

    began, ended: seconds since the epoch; `ended` is infinite while it runs.
    killed: the process ended before it had answered.
    """

    function: str
    instance_id: str
    request_id: str
    payload: bytes
    began: float
    ended: float = math.inf
    killed: bool = False


#: How many runs are remembered.
MAX_RUNS = 10_000


class Journal:
    """Stamps events with the time and passes them on.

    runs: the newest invocations on instances, in the order they began. stalls: of instances, the newest.
    """

    def __init__(
        self, on_event: Callable[[HostEvent], None] | None, *, now: Callable[[], float] = time.time
    ) -> None:
        self._on_event = on_event
        self._now = now
        self.runs: deque[InstanceRun] = deque(maxlen=MAX_RUNS)
        self.stalls: deque[Stall] = deque(maxlen=MAX_RUNS)

    def note(self, kind: EventKind, function: str, **fields: str) -> None:
        """Tell that `kind` happened to `function`; `fields` are those of HostEvent."""
        if self._on_event is not None:
            self._on_event(HostEvent(kind, function, self._now(), **fields))

    def stalled(self, function: str, instance_id: str, seconds: float) -> None:
        """An instance that has work stands still from now on, for that time."""
        now = self._now()
        self.stalls.append(Stall(instance_id, now, now + seconds))
        self.note("instance_stalled", function, instance_id=instance_id, detail=f"{seconds:.1f} s")

    @contextmanager
    def run(self, function: str, instance_id: str, request_id: str, payload: bytes) -> Iterator[InstanceRun]:
        """An invocation runs on an instance until the block ends."""
        run = InstanceRun(function, instance_id, request_id, payload, self._now())
        self.runs.append(run)
        try:
            yield run
        finally:
            run.ended = self._now()


class Activity:
    """Counts what is going on, so that a test can wait for the end of it."""

    def __init__(self) -> None:
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def begin(self) -> None:
        """Something more is going on."""
        self._running += 1
        self._quiet.clear()

    def end(self) -> None:
        """One of the things that have begun is over."""
        self._running -= 1
        if not self._running:
            self._quiet.set()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Something is going on until the block ends."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    async def over(self) -> None:
        """Return when nothing is going on."""
        await self._quiet.wait()
