"""The URL of a function with an HTTP trigger."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from emulators.function_compute.asynchronous.tasks import PayloadTooLargeError
from emulators.function_compute.http.api import (
    INVALID,
    MAX_SYNC_BODY_BYTES,
    ApiError,
    error_response,
    read_delay,
)
from emulators.function_compute.http.event import (
    HttpRequest,
    HttpResponse,
    MalformedResponseError,
    build_event,
    read_response,
)
from emulators.function_compute.invocation import HTTP_INVOKE, Invocation, Outcome
from emulators.function_compute.pool import ThrottledError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from emulators.function_compute.asynchronous.queue import AsyncQueue
    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.observation import Journal

#: Limits of a trigger's URL.
MAX_HEADER_BYTES = 8 * 1024
MAX_TARGET_BYTES = 4 * 1024

_NO_BODY = (204, 304)


class HttpTriggerApp:
    """An ASGI application: every path belongs to one function."""

    def __init__(
        self,
        function: Function,
        *,
        methods: tuple[str, ...],
        account_id: str,
        run: Callable[[Function, Invocation], Awaitable[Outcome]],
        queue: AsyncQueue,
        journal: Journal,
        on_log: Callable[[str, str, str], None],
        new_request_id: Callable[[], str],
    ) -> None:
        self._function = function
        self._methods = methods
        self._account_id = account_id
        self._run = run
        self._queue = queue
        self._journal = journal
        self._on_log = on_log
        self._new_request_id = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id = self._new_request_id()
        try:
            response = await self._answer(Request(scope, receive), request_id)
        except ApiError as error:
            response = error_response(error, request_id)
        response.headers["X-Fc-Request-Id"] = request_id
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        if self._methods and request.method not in self._methods:
            raise ApiError(405, "MethodNotAllowed", f"The trigger allows {', '.join(self._methods)} only.")
        http = await _read(request)
        # Every caller may ask for this, as in the cloud: it is no sign of trust.
        if request.headers.get("x-fc-invocation-type", "").lower() == "async":
            return self._enqueue(http, request_id, read_delay(request.headers.get("x-fc-async-delay", "")))
        if self._function.is_custom:
            invocation = Invocation(request_id, control_path=HTTP_INVOKE, http=http)
        else:
            invocation = Invocation(request_id, self._event(http, request_id))
        try:
            outcome = await self._run(self._function, invocation)
        except ThrottledError as error:
            raise ApiError(429, "Throttling", str(error)) from error
        return _to_client(outcome.http or self._response(outcome, request_id))

    def _event(self, http: HttpRequest, request_id: str) -> bytes:
        return build_event(http, request_id=request_id, account_id=self._account_id)

    def _enqueue(self, http: HttpRequest, request_id: str, delay: float) -> Response:
        try:
            task = self._queue.submit(
                self._function, self._event(http, request_id), request_id=request_id, delay=delay
            )
        except PayloadTooLargeError as error:
            raise ApiError(400, "EntityTooLarge", str(error)) from error
        return Response(status_code=202, headers={"X-Fc-Async-Task-Id": task.task_id})

    def _response(self, outcome: Outcome, request_id: str) -> HttpResponse:
        if outcome.failed:
            # The function's log says why; a stranger with the URL need not know.
            raise ApiError(502, "FunctionError", "The function failed. See its log for this request id.")
        try:
            return read_response(outcome.payload)
        except MalformedResponseError as error:
            sentence = f"{self._function.name} did not return an HTTP response object: {error}."
            self._on_log(self._function.name, outcome.instance_id, f"{sentence} Request {request_id}.")
            self._journal.note(
                "response_malformed", self._function.name, request_id=request_id, detail=sentence
            )
            raise ApiError(502, "MalformedResponse", sentence) from error


async def _read(request: Request) -> HttpRequest:
    scope = request.scope
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        raise ApiError(400, INVALID, "The request's headers exceed 8 KB.")
    if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        raise ApiError(400, INVALID, "Path and query exceed 4 KB.")
    body = await request.body()
    if len(body) > MAX_SYNC_BODY_BYTES:
        raise ApiError(400, INVALID, "The body exceeds 32 MB.")
    return HttpRequest(
        method=request.method,
        raw_path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
        source_ip=request.client.host if request.client else "",
        received=time.time(),
    )


def _to_client(http: HttpResponse) -> Response:
    response = Response(b"" if http.status in _NO_BODY else http.body, http.status)
    for name, value in http.headers:
        response.headers.append(name, value)
    return response
