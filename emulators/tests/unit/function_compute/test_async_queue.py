"""The queue's rules, with a pool that does as it is told."""

from __future__ import annotations

import itertools
import json
from random import Random
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from emulators.faults import FaultBoard
from emulators.function_compute import fault_kinds
from emulators.function_compute.asynchronous.queue import AsyncQueue, doubling_delay
from emulators.function_compute.asynchronous.tasks import MAX_FINISHED, PayloadTooLargeError, Task, TaskBook
from emulators.function_compute.description.s_yaml import Function
from emulators.function_compute.invocation import Invocation, Outcome, failure
from emulators.function_compute.observation import Activity, HostEvent, Journal
from emulators.function_compute.pool import Mishap, Pool, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable

DEAD_LETTERS = "acs:fc:cn-hangzhou:123:functions/dead_letters"


class ScriptedPool:
    """Answers invocations with the outcomes it was given, then with success."""

    def __init__(self, function: Function, *outcomes: Outcome | Exception) -> None:
        self.function = function
        self.outcomes = list(outcomes)
        self.invocations: list[Invocation] = []
        self.mishaps: list[Mishap] = []
        self.avoided: list[str] = []

    async def run(
        self,
        invocation: Invocation,
        *,
        patience: float = 0.0,
        mishap: Mishap = Mishap(),  # noqa: B008 - frozen
        avoid: str = "",
        on_start: Callable[[str], None] | None = None,
    ) -> Outcome:
        del patience
        self.mishaps.append(mishap)
        self.avoided.append(avoid)
        self.invocations.append(invocation)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome(b"fine")
        if isinstance(outcome, Exception):
            raise outcome
        if on_start:
            on_start("c-1")
        return outcome


class Bench:
    """A queue for one function, its clock in hand."""

    def __init__(
        self, *outcomes: Outcome | Exception, destination: str = DEAD_LETTERS, **config: Any
    ) -> None:
        destinations = {"onFailure": {"destination": destination}}
        self.function = make("f", asyncInvokeConfig={"destinationConfig": destinations, **config})
        self.pool = ScriptedPool(self.function, *outcomes)
        self.dead_letters = ScriptedPool(make("dead_letters"))
        self.now = 1767323045.0
        self.delays: list[int] = []
        self.events: list[HostEvent] = []
        self.faults = FaultBoard()
        fault_kinds.declare(self.faults)
        self._activity = Activity()
        ids = (f"r{n}" for n in itertools.count())
        self.queue = AsyncQueue(
            pools=cast("dict[str, Pool]", {"f": self.pool, "dead_letters": self.dead_letters}),
            account_id="123",
            retry_delay=self._retry_delay,
            faults=self.faults,
            activity=self._activity,
            journal=Journal(self.events.append),
            new_request_id=lambda: next(ids),
            now=lambda: self.now,
        )

    async def run(self, payload: bytes = b"question") -> str:
        """Queue one payload, wait for the end, and tell the task's status."""
        task = self.queue.submit(self.function, payload, request_id="first")
        await self._activity.over()
        return task.status

    def records(self) -> list[dict[str, Any]]:
        """What reached the onFailure destination."""
        return [json.loads(invocation.payload) for invocation in self.dead_letters.invocations]

    def _retry_delay(self, retry: int) -> float:
        self.delays.append(retry)
        return 0.0


def make(name: str, **props: Any) -> Function:
    given = {
        "functionName": name,
        "region": "cn-hangzhou",
        "runtime": "custom.debian11",
        "code": "c",
        **props,
    }
    return msgspec.convert(given, Function)


ERROR = failure("no good")


@pytest.mark.parametrize("retries", [0, 1, 8])
async def test_a_function_error_is_retried_as_often_as_configured(retries: int) -> None:
    bench = Bench(*[ERROR] * 10, maxAsyncRetryAttempts=retries)

    assert await bench.run() == "Failed"
    assert [invocation.retry_count for invocation in bench.pool.invocations] == list(range(retries + 1))
    assert bench.delays == list(range(1, retries + 1))
    assert {invocation.request_id for invocation in bench.pool.invocations} == {"first"}


async def test_a_success_ends_the_retries_and_reaches_no_failure_destination() -> None:
    bench = Bench(ERROR)

    assert await bench.run() == "Succeeded"
    assert len(bench.pool.invocations) == 2
    assert bench.records() == []


async def test_an_event_that_waits_too_long_expires_without_being_run() -> None:
    bench = Bench(ThrottledError("full"))

    assert await bench.run() == "Expired"
    (record,) = bench.records()
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert record["responseContext"]["statusCode"] != 200
    assert record["requestPayload"] == "question"


async def test_an_event_that_grows_too_old_between_retries_fails_with_its_last_error() -> None:
    bench = Bench(*[ERROR] * 4, maxAsyncEventAgeInSeconds=60)

    def a_minute_passes(retry: int) -> float:
        bench.now += 61
        return 0.0 * retry

    bench.queue._retry_delay = a_minute_passes

    assert await bench.run() == "Failed"
    assert len(bench.pool.invocations) == 1
    assert json.loads(bench.records()[0]["responsePayload"]) == {"errorMessage": "no good"}


async def test_a_delay_does_not_count_as_waiting() -> None:
    bench = Bench()
    task = bench.queue.submit(bench.function, b"", request_id="first", delay=30.0)

    assert (task.status, task.enqueued) == ("Enqueued", bench.now + 30)
    await bench.queue.stop()


async def test_a_payload_above_the_limit_is_not_queued() -> None:
    bench = Bench()

    with pytest.raises(PayloadTooLargeError):
        await bench.run(b"x" * (128 * 1024 + 1))

    assert bench.queue.book.all() == []


async def test_a_destination_elsewhere_is_skipped_and_said_so() -> None:
    bench = Bench(*[ERROR] * 4, destination="acs:mns:cn-hangzhou:123:/topics/dead/messages")
    await bench.run()

    (skipped,) = [event for event in bench.events if event.kind == "destination_skipped"]
    assert "acs:mns" in skipped.detail


async def test_a_record_that_is_too_large_is_lost_and_said_so() -> None:
    bench = Bench(*[ERROR] * 4)

    assert await bench.run(b"x" * (128 * 1024)) == "Failed"
    assert [event.kind for event in bench.events][-1] == "destination_skipped"


async def test_a_second_delivery_has_the_same_request_id_and_no_say() -> None:
    bench = Bench(Outcome(b"first"), ERROR)
    bench.faults.switch_on(fault_kinds.DELIVER_TWICE)

    assert await bench.run() == "Succeeded"
    assert [invocation.request_id for invocation in bench.pool.invocations] == ["first", "first"]


async def test_a_second_delivery_elsewhere_avoids_the_first_ones_instance() -> None:
    bench = Bench()
    bench.faults.switch_on(fault_kinds.DELIVER_ELSEWHERE)

    assert await bench.run() == "Succeeded"
    assert bench.pool.avoided == ["", "c-1"]


async def test_a_second_delivery_elsewhere_does_not_wait_for_a_first_one_that_never_ran() -> None:
    bench = Bench(ThrottledError("full"))
    bench.faults.switch_on(fault_kinds.DELIVER_ELSEWHERE)

    assert await bench.run() == "Expired"


async def test_a_freeze_comes_at_a_moment_of_the_boards_own_choice() -> None:
    moments = []
    for _ in range(2):
        bench = Bench()
        bench.faults.random = Random(7)  # noqa: S311 - to be repeated, not to be secret
        bench.faults.switch_on(fault_kinds.FREEZE_DURING, value="3")
        await bench.run()
        (mishap,) = bench.pool.mishaps
        moments.append(mishap.stall_after)

        assert (mishap.kill_after, mishap.stall_seconds) == (None, 3.0)

    assert moments[0] == moments[1]
    assert moments[0] is not None
    assert 0 <= moments[0] <= fault_kinds.FREEZE_WITHIN_SECONDS


async def test_a_stopped_task_stays_stopped() -> None:
    bench = Bench()
    task = bench.queue.submit(bench.function, b"", request_id="first", delay=30.0)
    bench.queue.stop_task(task)
    await bench._activity.over()
    bench.queue.stop_task(task)

    assert [event.status for event in task.events] == ["Enqueued", "Stopped"]
    assert bench.pool.invocations == []


def test_only_finished_tasks_are_forgotten() -> None:
    book = TaskBook()
    for number in range(MAX_FINISHED + 2):
        task = Task(
            task_id=f"t{number}", request_id="r", function="f", function_arn="", payload=b"", enqueued=0.0
        )
        if number:
            task.become("Succeeded", 1.0)
        book.add(task)

    assert [task.task_id for task in book.all()][:2] == ["t0", "t3"]
    assert len(book.all("f")) == MAX_FINISHED
    assert book.find("f", "t1") is None


def test_retries_come_ever_more_slowly() -> None:
    assert [doubling_delay(retry) for retry in (1, 2, 3)] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("value", "seconds"), [("", 0.5), ("2", 2.0), ("0", 0.0), ("-1", 0.5), ("nan", 0.5), ("soon", 0.5)]
)
def test_a_fault_without_a_sensible_number_of_seconds_takes_its_default(value: str, seconds: float) -> None:
    faults = FaultBoard()
    fault_kinds.declare(faults)
    assert fault_kinds.take_seconds(faults, fault_kinds.KILL_DURING, 0.5) is None
    faults.switch_on(fault_kinds.KILL_DURING, value=value)

    assert fault_kinds.take_seconds(faults, fault_kinds.KILL_DURING, 0.5) == seconds
