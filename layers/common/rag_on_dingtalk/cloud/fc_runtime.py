"""FC's contract with a custom runtime, as an ASGI application.

Source: Function Compute, "custom runtime event functions"
(functioncompute/fc-2-0/user-guide/event-handlers-1).
Success is 200 with `x-fc-status: 200`; without that header FC takes any answer for success, and a failure is
404 with `x-fc-status: 404`, which makes an asynchronous invocation try again.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.cloud.job_codec import MAX_JOB_BYTES, UnreadableJobError, decode_job

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.observability.log_lines import LogLine

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

#: FC's default function timeout, for a host that does not say.
_DEFAULT_TIMEOUT_SECONDS = 3.0


class Call(msgspec.Struct, frozen=True):
    """One invocation as FC announces it.

    request_id: whether a retry keeps it is not documented.
    started: seconds since the epoch; timeout: seconds until FC ends the function.
    retries: how often FC says it has tried this event before; that it counts async retries is not confirmed.
    """

    request_id: str
    started: float
    timeout: float
    retries: int = 0


class CustomRuntime:
    """Hands FC's invocations to `handle`.

    handle: answers one job; what it raises makes FC try again.
    start, stop: run when the server starts and ends, in its event loop.
    """

    def __init__(
        self,
        *,
        start: Callable[[], Awaitable[None]],
        handle: Callable[[Job, Call], Awaitable[str]],
        stop: Callable[[], Awaitable[None]],
        log: LogLine,
    ) -> None:
        self._start = start
        self._handle = handle
        self._stop = stop
        self._log = log

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._start()
        except Exception as error:  # noqa: BLE001 - the runtime's edge: report it, keep serving
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        match (scope["method"], scope["path"]):
            case ("POST", "/invoke"):
                status, answer = await self._invoke(scope, receive)
            case ("POST", "/initialize") | ("GET", "/pre-stop"):
                status, answer = 200, {}
            case _:
                status, answer = 404, {"error": "not found"}
        body = msgspec.json.encode(answer)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    (b"x-fc-status", str(status).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _invoke(self, scope: dict[str, Any], receive: Receive) -> tuple[int, dict[str, str]]:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(
            request_id=headers.get("x-fc-request-id") or uuid.uuid4().hex,
            started=time.time(),
            timeout=_seconds(headers.get("x-fc-function-timeout", "")),
            retries=_count(headers.get("x-fc-retry-count", "")),
        )
        body = await _read(receive)
        try:
            # One of FC's own marks; the console groups log lines by them.
            print(f"FC Invoke Start RequestId: {call.request_id}", flush=True)  # noqa: T201
            return 200, {"outcome": await self._handle(decode_job(body), call)}
        except UnreadableJobError as error:
            self._log("unreadable_job", level="ERROR", error=str(error), fc_request_id=call.request_id)
            return 200, {"outcome": "unreadable_job"}
        except Exception as error:  # noqa: BLE001 - the runtime's edge: report it, keep serving
            failed = f"{type(error).__name__}: {error}"
            self._log("invocation_failed", level="ERROR", error=failed, fc_request_id=call.request_id)
            return 404, {"errorMessage": str(error), "errorType": type(error).__name__}
        finally:
            print(f"FC Invoke End RequestId: {call.request_id}", flush=True)  # noqa: T201


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        # A disconnect has neither key and ends the loop too.
        if not message.get("more_body") or len(body) > MAX_JOB_BYTES:
            return bytes(body)


def _seconds(header: str) -> float:
    try:
        return float(header)
    except ValueError:
        return _DEFAULT_TIMEOUT_SECONDS


def _count(header: str) -> int:
    return int(header) if header.isascii() and header.isdigit() else 0
