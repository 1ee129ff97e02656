"""The official client is the oracle: what it sends is accepted, what it would not send is refused."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from alibabacloud_fc20230330 import models as fc
from alibabacloud_fc20230330.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions
from Tea.exceptions import TeaException

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.function_compute import FunctionComputeHost
    from emulators.tests.contract.function_compute.watched import Watched

KEY_ID, SECRET = "LTAI-local", "local-secret"

# alibabacloud-tea-openapi 0.4.6 on Python 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


class FunctionCompute:
    """The client of one account, its calls made from another thread."""

    def __init__(
        self, host: FunctionComputeHost, *, secret: str = SECRET, key_id: str = KEY_ID, token: str = ""
    ) -> None:
        self._client = Client(
            Config(
                access_key_id=key_id,
                access_key_secret=secret,
                security_token=token or None,
                region_id="cn-hangzhou",
                protocol="http",
                endpoint=host.api_url.removeprefix("http://"),
            )
        )

    async def invoke(
        self, function: str, body: bytes, *, extra: dict[str, str] | None = None, **headers: str
    ) -> Any:
        return await asyncio.to_thread(
            self._client.invoke_function_with_options,
            function,
            fc.InvokeFunctionRequest(body=body, qualifier="LATEST"),
            fc.InvokeFunctionHeaders(common_headers=dict(extra or {}), **headers),
            RuntimeOptions(),
        )

    async def call(self, method: str, *arguments: Any) -> Any:
        bound: Callable[..., Any] = getattr(self._client, f"{method}_with_options")
        return await asyncio.to_thread(bound, *arguments, {}, RuntimeOptions())


async def test_a_synchronous_invocation_returns_what_the_function_returned(host: FunctionComputeHost) -> None:
    response = await FunctionCompute(host).invoke("echo", b"ping")

    assert response.status_code == 200
    assert response.body.read() == b"ping"
    assert response.headers["x-fc-request-id"]
    assert "x-fc-error-type" not in response.headers


async def test_a_function_error_is_a_200_with_an_error_type(host: FunctionComputeHost) -> None:
    response = await FunctionCompute(host).invoke("hopeless", b"")

    assert response.status_code == 200
    assert response.headers["x-fc-error-type"] == "UnhandledInvocationError"
    assert json.loads(response.body.read())["errorType"] == "ValueError"


async def test_a_role_s_temporary_key_is_accepted_with_its_token(host: FunctionComputeHost) -> None:
    response = await FunctionCompute(host, token="sts-token").invoke("echo", b"ping")

    assert response.body.read() == b"ping"


async def test_the_tail_of_the_log_comes_along_when_asked_for(host: FunctionComputeHost) -> None:
    await FunctionCompute(host).invoke("echo", b"an earlier one")
    response = await FunctionCompute(host).invoke("echo", b"", x_fc_log_type="Tail")

    lines = base64.b64decode(response.headers["x-fc-log-result"]).decode().splitlines()
    request_id = response.headers["x-fc-request-id"]
    assert lines[0] == f"FC Invoke Start RequestId: {request_id}"
    assert "echoing" in lines
    assert lines[-1] == f"FC Invoke End RequestId: {request_id}"


async def test_an_asynchronous_invocation_is_accepted_at_once_and_delivered(watched: Watched) -> None:
    response = await FunctionCompute(watched.host).invoke("recorder", b"later", x_fc_invocation_type="Async")
    await watched.host.idle()

    assert (response.status_code, response.body.read()) == (202, b"")
    assert response.headers["x-fc-async-task-id"] == response.headers["x-fc-request-id"]
    assert watched.remembered("recorder") == ["later"]


async def test_a_task_id_of_the_caller_is_kept(host: FunctionComputeHost) -> None:
    response = await FunctionCompute(host).invoke(
        "recorder", b"", x_fc_invocation_type="Async", x_fc_async_task_id="q_1"
    )

    assert response.headers["x-fc-async-task-id"] == "q_1"


async def test_a_second_submission_of_a_task_is_a_conflict(watched: Watched) -> None:
    client = FunctionCompute(watched.host)
    await client.invoke("once", b"1", x_fc_invocation_type="Async", x_fc_async_task_id="q_1")

    with pytest.raises(TeaException) as refused:
        await client.invoke("once", b"2", x_fc_invocation_type="Async", x_fc_async_task_id="q_1")

    await watched.host.idle()
    assert refused.value.status_code == 409
    assert watched.remembered("once") == ["1"]


async def test_without_task_mode_the_same_task_id_runs_again(watched: Watched) -> None:
    client = FunctionCompute(watched.host)
    await client.invoke("recorder", b"1", x_fc_invocation_type="Async", x_fc_async_task_id="q_1")
    await client.invoke("recorder", b"2", x_fc_invocation_type="Async", x_fc_async_task_id="q_1")

    await watched.host.idle()
    assert sorted(watched.remembered("recorder")) == ["1", "2"]


@pytest.mark.parametrize(
    ("body", "extra", "code"),
    [
        (b"x" * (128 * 1024 + 1), {}, "EntityTooLarge"),
        (b"", {"x-fc-async-delay": "0"}, "InvalidArgument"),
        (b"", {"x-fc-async-delay": "3600"}, "InvalidArgument"),
        (b"", {"x-fc-async-delay": "soon"}, "InvalidArgument"),
        (b"", {"x-fc-async-task-id": "1 with blanks"}, "InvalidArgument"),
    ],
)
async def test_an_asynchronous_invocation_outside_the_limits_is_refused(
    watched: Watched, body: bytes, extra: dict[str, str], code: str
) -> None:
    with pytest.raises(TeaException) as refused:
        await FunctionCompute(watched.host).invoke(
            "recorder", body, extra=extra, x_fc_invocation_type="Async"
        )

    assert (refused.value.status_code, refused.value.code) == (400, code)
    assert watched.host.tasks() == []


async def test_a_delayed_invocation_waits_in_the_queue(host: FunctionComputeHost) -> None:
    client = FunctionCompute(host)
    await client.invoke(
        "recorder",
        b"",
        extra={"x-fc-async-delay": "30"},
        x_fc_invocation_type="Async",
        x_fc_async_task_id="q_1",
    )

    task = (await client.call("get_async_task", "recorder", "q_1", fc.GetAsyncTaskRequest())).body
    assert task.status == "Enqueued"


async def test_a_finished_task_can_be_looked_up(watched: Watched) -> None:
    client = FunctionCompute(watched.host)
    await client.invoke("hopeless", b"why", x_fc_invocation_type="Async", x_fc_async_task_id="q_1")
    await watched.host.idle()

    task = (await client.call("get_async_task", "hopeless", "q_1", fc.GetAsyncTaskRequest())).body
    assert (task.status, task.already_retried_times, task.task_payload) == ("Failed", 1, "why")
    assert "no good" in task.task_error_message
    assert [event.status for event in task.events] == ["Enqueued", "Running", "Retrying", "Running", "Failed"]


async def test_tasks_are_listed_by_status(watched: Watched) -> None:
    client = FunctionCompute(watched.host)
    await client.invoke("recorder", b"", x_fc_invocation_type="Async", x_fc_async_task_id="done")
    await watched.host.idle()
    await client.invoke(
        "recorder",
        b"",
        extra={"x-fc-async-delay": "30"},
        x_fc_invocation_type="Async",
        x_fc_async_task_id="waiting",
    )

    async def listed(**query: str) -> list[str]:
        found = (await client.call("list_async_tasks", "recorder", fc.ListAsyncTasksRequest(**query))).body
        return [task.task_id for task in found.tasks]

    assert await listed() == ["done", "waiting"]
    assert await listed(status="Enqueued") == ["waiting"]
    assert await listed(prefix="do") == ["done"]


async def test_a_running_task_can_be_stopped(watched: Watched) -> None:
    client = FunctionCompute(watched.host)
    await client.invoke("busy", b"", x_fc_invocation_type="Async", x_fc_async_task_id="q_1")
    await watched.printed("hanging")
    await client.call("stop_async_task", "busy", "q_1", fc.StopAsyncTaskRequest())

    await watched.host.idle()
    assert [task.status for task in watched.host.tasks()] == ["Stopped"]
    await watched.until(lambda: watched.host.instances() == [])


async def test_an_unknown_function_raises_the_clients_exception(host: FunctionComputeHost) -> None:
    with pytest.raises(TeaException) as refused:
        await FunctionCompute(host).invoke("nobody", b"")

    assert (refused.value.status_code, refused.value.code) == (404, "FunctionNotFound")


async def test_an_operation_that_is_not_served_is_a_404(
    host: FunctionComputeHost,
) -> None:
    with pytest.raises(TeaException) as refused:
        await FunctionCompute(host).call("list_layers", fc.ListLayersRequest())

    assert (refused.value.status_code, refused.value.code) == (404, "OperationNotFound")


async def test_a_function_can_be_looked_up(host: FunctionComputeHost) -> None:
    found = await FunctionCompute(host).call("get_function", "echo", fc.GetFunctionRequest())

    assert found.body.function_name == "echo"


async def test_an_unknown_task_raises_the_clients_exception(host: FunctionComputeHost) -> None:
    with pytest.raises(TeaException) as refused:
        await FunctionCompute(host).call("get_async_task", "echo", "nothing", fc.GetAsyncTaskRequest())

    assert refused.value.status_code == 404


@pytest.mark.parametrize(("key_id", "secret"), [(KEY_ID, "guessed"), ("LTAI-stranger", SECRET)])
async def test_a_wrong_secret_and_a_stranger_are_refused(
    host: FunctionComputeHost, key_id: str, secret: str
) -> None:
    with pytest.raises(TeaException) as refused:
        await FunctionCompute(host, key_id=key_id, secret=secret).invoke("echo", b"")

    assert (refused.value.status_code, refused.value.code) == (403, "AccessDenied")


async def test_a_request_that_was_changed_on_the_way_is_refused(host: FunctionComputeHost) -> None:
    signed = _captured(host, b"ping")

    async with httpx.AsyncClient() as client:
        as_signed = await client.send(_request(host, signed, body=b"ping"))
        altered_body = await client.send(_request(host, signed, body=b"pong"))
        altered_header = await client.send(
            _request(host, {**signed, "x-fc-invocation-type": "Async"}, body=b"ping")
        )
        unsigned = await client.send(_request(host, {}, body=b"ping"))

    assert as_signed.status_code == 200
    for refused in (altered_body, altered_header, unsigned):
        assert refused.status_code == 403
        assert set(refused.json()) == {"Code", "Message", "RequestId"}


async def test_a_request_signed_a_quarter_of_an_hour_ago_is_refused(
    host: FunctionComputeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alibabacloud_tea_openapi.utils import Utils

    monkeypatch.setattr(Utils, "get_timestamp", staticmethod(lambda: "2026-01-02T03:04:05Z"))

    with pytest.raises(TeaException) as refused:
        await FunctionCompute(host).invoke("echo", b"")

    assert refused.value.status_code == 403
    assert "clock" in refused.value.message


@pytest.mark.parametrize(("fault", "status"), [("throttle", 429), ("away", 503)])
async def test_a_fault_refuses_the_invocation_as_often_as_it_is_told(
    watched: Watched, fault: str, status: int
) -> None:
    watched.faults.switch_on(f"function_compute.{fault}", count=1)
    client = FunctionCompute(watched.host)

    with pytest.raises(TeaException) as refused:
        await client.invoke("echo", b"")

    assert refused.value.status_code == status
    assert (await client.invoke("echo", b"again")).body.read() == b"again"


def _captured(host: FunctionComputeHost, body: bytes) -> dict[str, str]:
    """The headers with which the client's own signer would send `body` to echo."""
    from alibabacloud_tea_openapi.utils import Utils
    from darabonba.request import DaraRequest

    request = DaraRequest()
    request.method = "POST"
    request.pathname = "/2023-03-30/functions/echo/invocations"
    request.query = {}
    payload_hash = Utils.hash(body, "ACS3-HMAC-SHA256").hex()
    request.headers = {
        "host": host.api_url.removeprefix("http://"),
        "x-acs-version": "2023-03-30",
        "x-acs-action": "InvokeFunction",
        "x-acs-date": Utils.get_timestamp(),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": payload_hash,
    }
    authorization = Utils.get_authorization(request, "ACS3-HMAC-SHA256", payload_hash, KEY_ID, SECRET)
    return {**request.headers, "authorization": authorization}


def _request(host: FunctionComputeHost, headers: dict[str, str], *, body: bytes) -> httpx.Request:
    url = f"{host.api_url}/2023-03-30/functions/echo/invocations"
    return httpx.Request("POST", url, headers=headers, content=body)
