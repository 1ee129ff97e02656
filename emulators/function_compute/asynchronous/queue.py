"""The queue of async invocations: at least once, retried after function errors, given up in the end.

In memory: what is queued when the host stops is lost. Sources: Function Compute, "Asynchronous invocations"
(functioncompute/result-callback) and "Error handling" (functioncompute/fc/user-guide/error-handling-1-2).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from emulators.function_compute.asynchronous.destinations import Destinations
from emulators.function_compute.asynchronous.mishaps import mishap_drawn
from emulators.function_compute.asynchronous.tasks import (
    MAX_PAYLOAD_BYTES,
    PayloadTooLargeError,
    Status,
    Task,
    TaskBook,
)
from emulators.function_compute.fault_kinds import DELIVER_ELSEWHERE, DELIVER_TWICE, take_seconds
from emulators.function_compute.invocation import Invocation, Outcome
from emulators.function_compute.pool import ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.faults import FaultBoard
    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.observation import Activity, EventKind, Journal
    from emulators.function_compute.pool import Pool

_EVENT_KINDS: dict[Status, EventKind] = {
    "Enqueued": "task_enqueued",
    "Running": "task_running",
    "Retrying": "task_retrying",
    "Succeeded": "task_succeeded",
    "Failed": "task_failed",
    "Stopped": "task_stopped",
    "Expired": "task_expired",
}


class DuplicateTaskError(ValueError):
    """Raised when a task id is used again by a function with asyncTask."""


def doubling_delay(retry: int) -> float:
    """1 s, 2 s, 4 s … before retry 1, 2, 3 …; the cloud's own interval is undocumented."""
    return float(2 ** (retry - 1))


class AsyncQueue:
    """Delivers each accepted payload to its function, in the background."""

    def __init__(
        self,
        *,
        pools: Mapping[str, Pool],
        account_id: str,
        retry_delay: Callable[[int], float],
        faults: FaultBoard,
        activity: Activity,
        journal: Journal,
        new_request_id: Callable[[], str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._pools = pools
        self._account_id = account_id
        self._retry_delay = retry_delay
        self._faults = faults
        self._activity = activity
        self._journal = journal
        self._now = now
        self._deliveries: dict[str, asyncio.Task[None]] = {}
        self._delayed: dict[str, asyncio.Event] = {}
        self._destinations = Destinations(self.submit, pools, journal, new_request_id, now)
        self.book = TaskBook()

    def submit(
        self, function: Function, payload: bytes, *, request_id: str, task_id: str = "", delay: float = 0.0
    ) -> Task:
        """Accept one invocation; it runs after `delay` seconds.

        Raises:
            PayloadTooLargeError: nothing was queued.
            DuplicateTaskError: this task id is known already; nothing was queued.
        """
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise PayloadTooLargeError(
                f"The payload has {len(payload)} bytes, an async invocation takes {MAX_PAYLOAD_BYTES}."
            )
        task_id = task_id or request_id
        if function.async_invoke_config.async_task and self.book.find(function.name, task_id):
            raise DuplicateTaskError(f"The task {task_id} of {function.name} exists already.")
        task = Task(
            task_id=task_id,
            request_id=request_id,
            function=function.name,
            function_arn=function.arn(self._account_id),
            payload=payload,
            enqueued=self._now() + delay,
        )
        self.book.add(task)
        self._become(task, "Enqueued")
        if delay > 0:
            self._delayed[request_id] = asyncio.Event()
        else:
            # Counted from here, not from when the loop gets to it: waiting for the end must not miss it.
            self._activity.begin()
        delivery = asyncio.create_task(self._deliver(function, task, delay))
        self._deliveries[request_id] = delivery
        delivery.add_done_callback(lambda _: self._delivered(request_id))
        return task

    def deliver_delayed(self) -> bool:
        """Deliver at once what only a delay keeps back; False when there is no such invocation."""
        waiting = tuple(self._delayed)
        for request_id in waiting:
            self._due(request_id)
        return bool(waiting)

    def stop_task(self, task: Task) -> None:
        """Take a task out of the queue, or stop its run."""
        if not task.finished:
            self._become(task, "Stopped")
            self._deliveries[task.request_id].cancel()

    async def stop(self) -> None:
        """Drop everything that is queued or running."""
        deliveries = list(self._deliveries.values())
        for delivery in deliveries:
            delivery.cancel()
        await asyncio.gather(*deliveries, return_exceptions=True)

    def _delivered(self, request_id: str) -> None:
        del self._deliveries[request_id]
        if self._delayed.pop(request_id, None) is None:
            self._activity.end()

    def _due(self, request_id: str) -> None:
        event = self._delayed.pop(request_id, None)
        if event is not None:
            self._activity.begin()
            event.set()

    async def _deliver(self, function: Function, task: Task, delay: float) -> None:
        if event := self._delayed.get(task.request_id):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(event.wait(), delay)
            self._due(task.request_id)
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        second = []
        if self._faults.strikes(DELIVER_TWICE):
            second.append(self._run_once_more(function, task))
        if (later := take_seconds(self._faults, DELIVER_ELSEWHERE, 0.0)) is not None:
            second.append(self._run_elsewhere(function, task, started, later))
        await asyncio.gather(self._settle(function, task, started), *second)

    async def _run_once_more(self, function: Function, task: Task, *, avoid: str = "") -> None:
        """The second delivery of at-least-once; only the first one's outcome counts."""
        with suppress(ThrottledError):
            await self._pools[function.name].run(
                Invocation(task.request_id, task.payload), patience=self._left(function, task), avoid=avoid
            )

    async def _run_elsewhere(
        self, function: Function, task: Task, started: asyncio.Future[str], later: float
    ) -> None:
        """A second delivery, later, to another instance than the one that began first, if one did."""
        first = await started
        await asyncio.sleep(later)
        await self._run_once_more(function, task, avoid=first)

    async def _settle(self, function: Function, task: Task, started: asyncio.Future[str]) -> None:
        """Run it until it succeeds or is given up.

        started: completes with the id of the first instance that began; empty when none did.
        """
        try:
            outcome = await self._attempt(function, task, started)
        finally:
            if not started.done():
                started.set_result("")
        retries = function.async_invoke_config.max_async_retry_attempts
        while outcome and outcome.failed and task.attempts <= retries:
            self._become(task, "Retrying", outcome.payload.decode("utf-8", "replace"))
            await asyncio.sleep(self._retry_delay(task.attempts))
            retried = await self._attempt(function, task)
            if retried is None:
                break
            outcome = retried
        self._finish(function, task, outcome)

    async def _attempt(
        self, function: Function, task: Task, first: asyncio.Future[str] | None = None
    ) -> Outcome | None:
        """One run; None when the event is too old, or grew too old waiting for an instance."""
        patience = self._left(function, task)
        if patience < 0:
            return None

        def started(instance_id: str) -> None:
            task.started = task.started or self._now()
            task.instance_id = instance_id
            if first is not None and not first.done():
                first.set_result(instance_id)
            self._become(task, "Running", f"attempt {task.attempts + 1}")

        try:
            outcome = await self._pools[function.name].run(
                Invocation(task.request_id, task.payload, retry_count=task.attempts),
                patience=patience,
                mishap=mishap_drawn(self._faults),
                on_start=started,
            )
        except ThrottledError:
            return None
        task.attempts += 1
        return outcome

    def _left(self, function: Function, task: Task) -> float:
        """Seconds until the event is too old."""
        return task.enqueued + function.async_invoke_config.max_async_event_age_in_seconds - self._now()

    def _finish(self, function: Function, task: Task, outcome: Outcome | None) -> None:
        if outcome is None:
            self._become(task, "Expired", "older than maxAsyncEventAgeInSeconds")
        elif outcome.failed:
            task.error = outcome.payload.decode("utf-8", "replace")
            self._become(task, "Failed", task.error)
        else:
            task.error, task.returned = "", outcome.payload
            self._become(task, "Succeeded")
        self._destinations.tell(function, task, outcome)

    def _become(self, task: Task, status: Status, detail: str = "") -> None:
        task.become(status, self._now(), detail)
        self._journal.note(
            _EVENT_KINDS[status],
            task.function,
            task_id=task.task_id,
            request_id=task.request_id,
            instance_id=task.instance_id,
            detail=detail,
        )
