"""Custom runtimes: many requests at once in one server process."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulators.tests.contract.function_compute.watched import Watched


async def test_an_invocation_is_posted_with_the_platforms_headers(watched: Watched) -> None:
    seen = await watched.ask("server", b"payload")

    assert (seen["method"], seen["path"], seen["body"]) == ("POST", "/invoke", "payload")
    headers = seen["headers"]
    assert headers["x-fc-request-id"].startswith("1-")
    assert headers["x-fc-function-name"] == "server"
    assert headers["x-fc-function-timeout"] == "10"
    assert headers["x-fc-retry-count"] == "0"
    assert headers["x-fc-account-id"] == "1234567890123456"
    assert headers["content-type"] == "application/octet-stream"
    # debian11 finds the token in its environment only.
    assert "x-fc-security-token" not in headers
    assert seen["environ"]["ALIBABA_CLOUD_SECURITY_TOKEN"]


async def test_requests_up_to_the_concurrency_share_one_process(watched: Watched) -> None:
    # Each of the three is answered only once all three are being worked on.
    outcomes = await asyncio.gather(*(watched.host.invoke("server", b"meet") for _ in range(3)))

    answers = [json.loads(outcome.payload) for outcome in outcomes]
    assert len({answer["pid"] for answer in answers}) == 1
    assert {answer["initialised"] for answer in answers} == {1}


async def test_a_full_instance_gets_a_neighbour(watched: Watched) -> None:
    outcomes = await asyncio.gather(*(watched.host.invoke("server", b"meet") for _ in range(6)))

    assert len({outcome.instance_id for outcome in outcomes}) == 2


@pytest.mark.parametrize("body", [b"fail", b"bare 500"])
async def test_a_failure_status_is_a_function_error(watched: Watched, body: bytes) -> None:
    outcome = await watched.host.invoke("server", body)

    assert (outcome.error_type, outcome.payload) == ("UnhandledInvocationError", b"failed")


async def test_a_server_that_dies_fails_the_request_and_is_replaced(watched: Watched) -> None:
    died = await watched.host.invoke("server", b"exit")
    replaced = await watched.host.invoke("server", b"")

    assert died.failed
    assert "exited unexpectedly" in json.loads(died.payload)["errorMessage"]
    assert not replaced.failed
    assert replaced.instance_id != died.instance_id


async def test_a_server_that_never_listens_fails_the_request_and_says_why(watched: Watched) -> None:
    error = await watched.ask("deaf_server")

    assert error["errorType"] == "FunctionNotStarted"
    assert "ended with code 3" in error["errorMessage"]
    assert watched.host.instances() == []


async def test_pre_stop_is_asked_for_at_the_end(watched: Watched) -> None:
    await watched.host.invoke("server", b"")
    await watched.host.stop()

    assert ("server", "GET /pre-stop") in [(function, line) for function, _, line in watched.lines]
