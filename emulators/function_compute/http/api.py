"""The account's host: InvokeFunction, GetFunction and the async task API, signed requests only.

Source: Function Compute API 2023-03-30, as PyPI `alibabacloud-fc20230330` 4.8.3 calls it.
"""

from __future__ import annotations

import base64
import re
import time
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.function_compute.asynchronous import tasks
from emulators.function_compute.asynchronous.queue import AsyncQueue, DuplicateTaskError
from emulators.function_compute.asynchronous.tasks import PayloadTooLargeError
from emulators.function_compute.fault_kinds import AWAY, THROTTLE
from emulators.function_compute.http import acs3
from emulators.function_compute.invocation import QUALIFIER
from emulators.function_compute.pool import ThrottledError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from emulators.faults import FaultBoard
    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.invocation import Outcome

    Handle = Callable[[Request, bytes, str], Awaitable[Response]]
    Invoke = Callable[[Function, bytes, str], Awaitable[Outcome]]

_API = "/2023-03-30/functions/{function}"
_TASK_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")

#: The code of a request that cannot be understood.
INVALID = "InvalidArgument"

#: The largest body of a synchronous invocation.
MAX_SYNC_BODY_BYTES = 32 * 1024 * 1024
MAX_DELAY_SECONDS = 3600


class ApiError(Exception):
    """An answer of the API that is not a success."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def read_task_id(text: str) -> str:
    """The value of x-fc-async-task-id; "" when there is none.

    Raises:
        ApiError: it is not made as the API asks.
    """
    if text and not _TASK_ID.fullmatch(text):
        raise ApiError(
            400, INVALID, f"x-fc-async-task-id is {text!r}; use letters, digits, _ and -, a letter first."
        )
    return text


def error_response(error: ApiError, request_id: str) -> Response:
    """The error body of every Alibaba Cloud API."""
    body = {"Code": error.code, "Message": str(error), "RequestId": request_id}
    return JSONResponse(body, error.status, headers={"X-Fc-Request-Id": request_id})


def read_delay(text: str) -> float:
    """The value of x-fc-async-delay, in seconds; 0 when there is none.

    Raises:
        ApiError: it is no number between 0 and 3600, both exclusive.
    """
    if not text:
        return 0.0
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < MAX_DELAY_SECONDS:
        raise ApiError(400, INVALID, f"x-fc-async-delay is {text!r}, not between 0 and 3600 seconds.")
    return float(text)


class InvokeApi:
    """Builds the ASGI application.

    invoke: runs one synchronous invocation.
    log_tail: (instance id, request id) → the request's last log lines.
    """

    def __init__(
        self,
        *,
        functions: Mapping[str, Function],
        secrets: Mapping[str, str],
        queue: AsyncQueue,
        invoke: Invoke,
        log_tail: Callable[[str, str], bytes],
        faults: FaultBoard,
        new_request_id: Callable[[], str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._functions = functions
        self._secrets = secrets
        self._queue = queue
        self._invoke = invoke
        self._log_tail = log_tail
        self._faults = faults
        self._new_request_id = new_request_id
        self._now = now
        routes = [
            Route(_API, self._signed(self._get_function)),
            Route(f"{_API}/invocations", self._signed(self._invoke_function), methods=["POST"]),
            Route(f"{_API}/async-tasks", self._signed(self._list_tasks)),
            Route(f"{_API}/async-tasks/{{task_id}}", self._signed(self._get_task)),
            Route(f"{_API}/async-tasks/{{task_id}}/stop", self._signed(self._stop_task), methods=["PUT"]),
        ]
        self.app = Starlette(routes=routes, exception_handlers={404: self._not_served, 405: self._not_served})

    def _signed(self, handle: Handle) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            request_id = self._new_request_id()
            body = await request.body()
            try:
                self._check_signature(request, body)
                response = await handle(request, body, request_id)
            except ApiError as error:
                return error_response(error, request_id)
            response.headers["X-Fc-Request-Id"] = request_id
            return response

        return endpoint

    def _not_served(self, _request: Request, _error: Exception) -> Response:
        problem = (
            "This host serves InvokeFunction, GetFunction and the async task API only. "
            "Deploy for everything else."
        )
        return error_response(ApiError(404, "OperationNotFound", problem), self._new_request_id())

    def _check_signature(self, request: Request, body: bytes) -> None:
        signed = acs3.SignedRequest(
            request.method,
            request.scope["raw_path"].decode("latin-1"),
            request.scope["query_string"].decode("latin-1"),
            tuple(request.headers.items()),
            body,
        )
        try:
            acs3.verify(signed, self._secrets, now=self._now())
        except acs3.SignatureRefusedError as error:
            raise ApiError(403, "AccessDenied", str(error)) from error

    def _function(self, request: Request) -> Function:
        name = request.path_params["function"]
        function = self._functions.get(name)
        if function is None:
            known = ", ".join(self._functions)
            raise ApiError(404, "FunctionNotFound", f"There is no function {name!r} in s.yaml, only {known}.")
        qualifier = request.query_params.get("qualifier", QUALIFIER)
        if qualifier != QUALIFIER:
            raise ApiError(404, "AliasNotFound", f"{name} has no version or alias {qualifier!r} here.")
        return function

    async def _get_function(self, request: Request, _body: bytes, _request_id: str) -> Response:
        if self._faults.strikes(AWAY):
            raise ApiError(503, "ServiceUnavailable", "The fault function_compute.away is switched on.")
        function = self._function(request)
        described = {
            "functionName": function.name,
            "runtime": function.runtime,
            "handler": function.handler,
            "timeout": function.timeout,
            "memorySize": function.memory_size,
            "instanceConcurrency": function.instance_concurrency,
            "state": "Active",
        }
        return JSONResponse(described)

    async def _invoke_function(self, request: Request, body: bytes, request_id: str) -> Response:
        if self._faults.strikes(THROTTLE):
            raise ApiError(429, "Throttling", "The fault function_compute.throttle is switched on.")
        if self._faults.strikes(AWAY):
            raise ApiError(503, "ServiceUnavailable", "The fault function_compute.away is switched on.")
        function = self._function(request)
        if request.headers.get("x-fc-invocation-type", "").lower() == "async":
            return self._enqueue(function, request, body, request_id)
        if len(body) > MAX_SYNC_BODY_BYTES:
            raise ApiError(400, INVALID, f"The body has {len(body)} bytes, more than 32 MB.")
        try:
            outcome = await self._invoke(function, body, request_id)
        except ThrottledError as error:
            raise ApiError(429, "Throttling", str(error)) from error
        headers = {"X-Fc-Error-Type": outcome.error_type} if outcome.failed else {}
        # The platform gives no log tail for custom runtimes either.
        if request.headers.get("x-fc-log-type", "").lower() == "tail" and not function.is_custom:
            tail = self._log_tail(outcome.instance_id, request_id)
            headers["X-Fc-Log-Result"] = base64.b64encode(tail).decode()
        return Response(outcome.payload, headers=headers, media_type="application/octet-stream")

    def _enqueue(self, function: Function, request: Request, body: bytes, request_id: str) -> Response:
        try:
            task = self._queue.submit(
                function,
                body,
                request_id=request_id,
                task_id=read_task_id(request.headers.get("x-fc-async-task-id", "")),
                delay=read_delay(request.headers.get("x-fc-async-delay", "")),
            )
        except PayloadTooLargeError as error:
            raise ApiError(400, "EntityTooLarge", str(error)) from error
        except DuplicateTaskError as error:
            # The code's text in FC 3.0 is undocumented; this is FC 2.0's. Clients match the status.
            raise ApiError(409, "StatefulAsyncInvocationAlreadyExists", str(error)) from error
        return Response(status_code=202, headers={"X-Fc-Async-Task-Id": task.task_id})

    async def _get_task(self, request: Request, _body: bytes, _request_id: str) -> Response:
        return JSONResponse(tasks.as_json(self._task(request)))

    async def _list_tasks(self, request: Request, _body: bytes, _request_id: str) -> Response:
        query = request.query_params
        found = [
            task
            for task in self._queue.book.all(self._function(request).name)
            if query.get("status") in (None, "", task.status)
            and task.task_id.startswith(query.get("prefix", ""))
        ]
        with_payload = query.get("includePayload", "").lower() == "true"
        body: list[dict[str, Any]] = [tasks.as_json(task, with_payload=with_payload) for task in found]
        return JSONResponse({"tasks": body, "nextToken": ""})

    async def _stop_task(self, request: Request, _body: bytes, _request_id: str) -> Response:
        self._queue.stop_task(self._task(request))
        return Response(status_code=202)

    def _task(self, request: Request) -> tasks.Task:
        function, task_id = self._function(request), request.path_params["task_id"]
        task = self._queue.book.find(function.name, task_id)
        if task is None:
            raise ApiError(404, "AsyncTaskNotFound", f"{function.name} has no async task {task_id!r}.")
        return task
