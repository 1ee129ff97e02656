"""A function's URL: request → event → response."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.function_compute import FunctionComputeHost
    from emulators.tests.contract.function_compute.watched import Watched


@pytest.fixture
async def browser(host: FunctionComputeHost) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=host.trigger_url("web")) as client:
        yield client


async def test_the_event_carries_the_request_and_the_response_object_becomes_the_response(
    browser: httpx.AsyncClient,
) -> None:
    response = await browser.post(
        "/a%20b/c?x=1&x=2&y=", content=b'{"q":"hi"}', headers={"timestamp": "1", "sign": "s"}
    )

    event = response.json()
    assert (response.status_code, response.headers["x-own"]) == (201, "yes")
    assert response.headers["x-fc-request-id"] == event["requestContext"]["requestId"]
    assert (event["version"], event["rawPath"], event["requestContext"]["http"]["path"]) == (
        "v1",
        "/a%20b/c",
        "/a b/c",
    )
    assert (event["headers"]["Timestamp"], event["headers"]["Sign"]) == ("1", "s")
    assert event["queryParameters"] == {"x": "1,2", "y": ""}
    assert (event["body"], event["isBase64Encoded"]) == ('{"q":"hi"}', False)
    assert event["requestContext"]["accountId"] == "1234567890123456"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


async def test_header_names_arrive_in_gos_canonical_form(browser: httpx.AsyncClient) -> None:
    event = (await browser.post("/", headers={"x-ACS-dingtalk-ACCESS-token": "t"})).json()

    assert event["headers"]["X-Acs-Dingtalk-Access-Token"] == "t"


async def test_a_client_cannot_pass_for_the_platform(browser: httpx.AsyncClient) -> None:
    event = (await browser.post("/", headers={"x-fc-request-id": "forged"})).json()

    assert not [name for name in event["headers"] if name.lower().startswith("x-fc-")]


async def test_a_picture_arrives_as_base64(browser: httpx.AsyncClient) -> None:
    event = (await browser.post("/", content=b"\x89PNG", headers={"content-type": "image/png"})).json()

    assert (event["body"], event["isBase64Encoded"]) == ("iVBORw==", True)


async def test_a_method_that_is_not_listed_is_refused_without_starting_the_function(
    watched: Watched, browser: httpx.AsyncClient
) -> None:
    response = await browser.put("/")

    assert response.status_code == 405
    assert watched.host.instances() == []


async def test_a_return_value_that_is_no_response_is_a_502_and_the_log_says_why(
    watched: Watched, browser: httpx.AsyncClient
) -> None:
    response = await browser.get("/broken")

    assert response.status_code == 502
    assert "response_malformed" in watched.kinds()
    assert any("it is not JSON" in line for _, _, line in watched.lines)


async def test_a_crash_is_a_502_that_tells_a_stranger_nothing(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/crash")

    assert response.status_code == 502
    assert "secret detail" not in response.text


async def test_anybody_can_make_the_function_run_asynchronously(
    watched: Watched, browser: httpx.AsyncClient
) -> None:
    response = await browser.post("/", headers={"x-fc-invocation-type": "Async"})
    await watched.host.idle()

    assert response.status_code == 202
    assert [task.status for task in watched.host.tasks()] == ["Succeeded"]


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/" + "a" * 4096, {}, "InvalidArgument"),
        ("/", {"x-large": "a" * 8192}, "InvalidArgument"),
        ("/", {"x-fc-invocation-type": "Async", "x-fc-async-delay": "-1"}, "InvalidArgument"),
    ],
)
async def test_a_request_outside_the_triggers_limits_is_refused(
    browser: httpx.AsyncClient, path: str, headers: dict[str, str], code: str
) -> None:
    response = await browser.get(path, headers=headers)

    assert (response.status_code, response.json()["Code"]) == (400, code)


async def test_a_custom_runtime_receives_the_request_itself(host: FunctionComputeHost) -> None:
    async with httpx.AsyncClient(base_url=host.trigger_url("server")) as browser:
        response = await browser.post("/any/path?x=1", content=b"body", headers={"x-mine": "1"})

    seen = response.json()
    assert (seen["method"], seen["path"], seen["body"]) == ("POST", "/any/path?x=1", "body")
    assert (seen["headers"]["x-mine"], seen["headers"]["x-fc-control-path"]) == ("1", "/http-invoke")
    assert response.headers["x-own"] == "yes"


async def test_only_functions_with_a_trigger_have_a_url(host: FunctionComputeHost) -> None:
    with pytest.raises(LookupError, match="echo has no HTTP trigger"):
        host.trigger_url("echo")
