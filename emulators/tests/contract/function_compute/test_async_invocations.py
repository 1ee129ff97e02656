"""The queue with real instances behind it: retries, destinations, kills, duplicates, timers."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulators.tests.contract.function_compute.watched import Watched


async def test_a_function_error_is_retried_until_it_succeeds(watched: Watched) -> None:
    task = watched.host.enqueue("third_time_lucky", b"question")
    await watched.host.idle()

    assert (task.status, task.attempts, task.returned) == ("Succeeded", 3, b"after 2 retries")


async def test_a_success_reaches_its_destination(watched: Watched) -> None:
    task = watched.host.enqueue("third_time_lucky", b"question")
    await watched.host.idle()

    (record,) = map(json.loads, watched.remembered("recorder"))
    assert record["requestContext"] == {
        "requestId": task.request_id,
        "functionArn": "acs:fc:cn-hangzhou:1234567890123456:functions/third_time_lucky",
        "condition": "Success",
        "approximateInvokeCount": 3,
    }
    assert (record["requestPayload"], record["responsePayload"]) == ("question", "after 2 retries")


async def test_after_the_last_retry_the_failure_reaches_its_destination(watched: Watched) -> None:
    task = watched.host.enqueue("hopeless", "为什么?".encode())
    await watched.host.idle()

    (record,) = map(json.loads, watched.remembered("recorder"))
    assert (task.status, task.attempts) == ("Failed", 2)
    assert record["requestPayload"] == "为什么?"
    assert record["requestContext"]["condition"] == "UnhandledInvocationError"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responseContext"] == {"statusCode": 200, "functionError": "UnhandledInvocationError"}
    assert json.loads(record["responsePayload"])["errorMessage"] == "no good"


async def test_an_instance_killed_in_the_middle_is_a_function_error_and_retried(watched: Watched) -> None:
    task = watched.host.enqueue("survivor", b"")
    await watched.printed("hanging")
    watched.host.kill_instance("survivor")
    await watched.host.idle()

    assert (task.status, task.attempts, task.returned) == ("Succeeded", 2, b"survived")
    assert [run.killed for run in watched.host.runs()] == [True, False]


@pytest.mark.parametrize("fault", ["kill_before", "kill_during"])
async def test_a_kill_that_was_switched_on_strikes_and_is_survived(watched: Watched, fault: str) -> None:
    # Without the fault the first attempt would hang for a minute, or succeed at once.
    function = "survivor" if fault == "kill_during" else "recorder"
    watched.faults.switch_on(f"function_compute.{fault}", count=1, value="1")
    task = watched.host.enqueue(function, b"question")
    await watched.host.idle()

    assert (task.status, task.attempts) == ("Succeeded", 2)
    assert [event.kind for event in watched.events].count("instance_stopped") == 1
    assert watched.remembered("recorder") in ([], ["question"])


async def test_a_delivery_can_come_twice(watched: Watched) -> None:
    watched.faults.switch_on("function_compute.deliver_twice", count=1)
    task = watched.host.enqueue("recorder", b"question")
    await watched.host.idle()

    assert watched.remembered("recorder") == ["question", "question"]
    assert (task.status, task.attempts) == ("Succeeded", 1)


async def test_a_second_delivery_can_go_to_another_instance(watched: Watched) -> None:
    watched.faults.switch_on("function_compute.deliver_elsewhere", count=1, value="0")
    task = watched.host.enqueue("server", b"question")
    await watched.host.idle()
    first, second = watched.host.runs()

    assert (first.request_id, second.request_id) == (task.request_id, task.request_id)
    assert first.instance_id != second.instance_id
    assert (first.payload, second.payload) == (b"question", b"question")
    assert (task.status, task.attempts) == ("Succeeded", 1)


async def test_a_function_of_one_instance_gets_its_second_delivery_there(watched: Watched) -> None:
    watched.faults.switch_on("function_compute.deliver_elsewhere", count=1, value="0")
    watched.host.enqueue("single", b"question")
    await asyncio.wait_for(watched.host.idle(), 120)

    assert len({run.instance_id for run in watched.host.runs()}) == 1
    assert len(watched.host.runs()) == 2


async def test_a_second_delivery_elsewhere_needs_a_first_one(watched: Watched) -> None:
    watched.faults.switch_on("function_compute.deliver_elsewhere")
    task = watched.host.enqueue("deaf_server", b"")
    await watched.host.idle()

    assert task.status == "Failed"


async def test_the_host_remembers_what_ran_where_and_how_long(watched: Watched) -> None:
    outcome = await watched.host.invoke("echo", b"question")
    (run,) = watched.host.runs()

    assert (run.function, run.instance_id, run.payload) == ("echo", outcome.instance_id, b"question")
    assert run.began <= run.ended < math.inf


async def test_a_timer_hands_its_payload_to_the_function(watched: Watched) -> None:
    watched.host.fire_timer("nightly")
    await watched.host.idle()

    (event,) = map(json.loads, watched.remembered("nightly"))
    assert (event["triggerName"], event["payload"]) == ("every-night", "tidy up")
    assert event["triggerTime"].endswith("Z")


async def test_a_function_without_a_timer_cannot_be_fired(watched: Watched) -> None:
    with pytest.raises(LookupError, match="no timer"):
        watched.host.fire_timer("echo")
