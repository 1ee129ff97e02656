"""Custom runtimes: the function is an HTTP server, and the host is its only client.

Source: Function Compute, "Event handlers" of custom runtimes
(functioncompute/fc-2-0/user-guide/event-handlers-1).
"""

from __future__ import annotations

import asyncio
import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from emulators.function_compute.http.event import HttpResponse
from emulators.function_compute.invocation import (
    INVOKE,
    PRE_STOP,
    UNHANDLED,
    Identity,
    Invocation,
    Outcome,
    failure,
    platform_headers,
)
from emulators.function_compute.runtimes.base import NotStartedError, RuntimeLostError
from emulators.function_compute.runtimes.processes import ChildProcess, Reaper, spawn
from emulators.serving import LOOPBACK, hold_port

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.runtimes.programs import Programs

#: How long a server may take to listen.
LISTEN_SECONDS = 120.0

_POLL_SECONDS = 0.02
_PYTHON = re.compile(r"(?:.*/)?python(3(\.\d+)?)?")
_CODE = re.compile(r"/code/(.+)")
_FAILURE_STATUS = 404
_SET_BY_THE_CLIENT = ("content-length", "transfer-encoding")
# httpx has decoded the body; the rest is for the server that answers the browser to set.
_SET_BY_THE_SERVER = ("connection", "keep-alive", "content-length", "transfer-encoding", "content-encoding")


def command_line(function: Function, code: Path, python: Sequence[str]) -> list[str]:
    """`customRuntimeConfig` on this machine: `python` for any Python, the code folder for `/code`."""
    config = function.custom_runtime_config
    program, *rest = [*config.command, *config.args]
    start = python if _PYTHON.fullmatch(program) else [program]
    return [_CODE.sub(lambda match: str(code / match[1]), part) for part in (*start, *rest)]


def outcome_of(status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Whether the answer to `/invoke` is a function error.

    The documented way to say so is `x-fc-status: 404`. Whether the cloud also minds a bare 5xx is
    unconfirmed; here it does, so that a crash inside the server is not taken for an answer.
    """
    failed = headers.get("x-fc-status") == str(_FAILURE_STATUS) or status >= 500
    return Outcome(body, UNHANDLED if failed else "")


class CustomRuntime:
    """One started server."""

    def __init__(
        self,
        function: Function,
        identity: Identity,
        process: ChildProcess,
        ended: asyncio.Task[None],
        port: socket.socket,
    ) -> None:
        self.process = process
        self._port = port
        self._function = function
        self._identity = identity
        self._ended = ended
        # A connection per request: the server's timer may close an idle one in the moment it is thawed.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=False, limits=limits)
        self._client = httpx.AsyncClient(
            transport=transport,
            base_url=f"http://{LOOPBACK}:{port.getsockname()[1]}",
            timeout=None,  # noqa: S113 - the function's own timeout is kept by the instance
            trust_env=False,
            # The platform passes cookies on and keeps none: one visitor's must not go with another's request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    async def exchange(self, invocation: Invocation) -> Outcome:
        """Forward one request; as many at once as the pool lets through."""
        if self._client.is_closed:
            raise RuntimeLostError("it had ended before")
        try:
            response = await self._client.send(self._request(invocation))
        except httpx.TransportError as error:
            raise RuntimeLostError(f"{type(error).__name__}: {error}") from error
        if invocation.http is not None:
            return Outcome(b"", http=_client_response(response))
        if invocation.control_path != INVOKE and not response.is_success:
            return failure(
                f"{invocation.control_path} answered {response.status_code}: {response.text[:300]}"
            )
        return outcome_of(response.status_code, response.headers, response.content)

    def _request(self, invocation: Invocation) -> httpx.Request:
        headers = list(platform_headers(self._function, invocation, self._identity).items())
        if (http := invocation.http) is not None:
            target = f"{http.raw_path}?{http.query}" if http.query else http.raw_path
            own = [pair for pair in http.forwarded_headers() if pair[0].lower() not in _SET_BY_THE_CLIENT]
            return self._client.build_request(http.method, target, headers=own + headers, content=http.body)
        if invocation.control_path == PRE_STOP:
            return self._client.build_request("GET", PRE_STOP, headers=headers)
        headers.append(("content-type", "application/octet-stream"))
        return self._client.build_request(
            "POST", invocation.control_path, headers=headers, content=invocation.payload
        )

    async def close(self) -> None:
        """The process has ended."""
        await self._client.aclose()
        await self._ended
        self._port.close()


def _client_response(response: httpx.Response) -> HttpResponse:
    headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in _SET_BY_THE_SERVER]
    return HttpResponse(response.status_code, tuple(headers), response.content)


async def launch_custom(
    function: Function,
    *,
    identity: Identity,
    programs: Programs,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    reaper: Reaper,
) -> CustomRuntime:
    """Start the server and wait until it accepts connections.

    In the cloud every instance has its port to itself. Here it is a free one, told by FC_CUSTOM_LISTEN_PORT.

    Raises:
        NotStartedError: it cannot be started, ended at once or does not listen.
    """
    code = programs.folder(function.code)
    argv = command_line(function, code, programs.python)
    held = hold_port()
    port = held.getsockname()[1]
    try:
        process, ended = await spawn(
            argv,
            # LISTEN_HOST is no variable of the platform. There a server listens on every address of its
            # instance; here only this machine should reach it.
            env={**environment, "LISTEN_HOST": LOOPBACK, "FC_CUSTOM_LISTEN_PORT": str(port)},
            cwd=code,
            on_line=on_line,
            reaper=reaper,
        )
    except BaseException as error:
        held.close()
        if isinstance(error, OSError):
            raise NotStartedError(f"{function.name}: {' '.join(argv)} cannot be run: {error}.") from error
        raise
    runtime = CustomRuntime(function, identity, process, ended, held)
    try:
        await _listening(process, port)
    except BaseException:
        await process.end(0)
        await runtime.close()
        raise
    return runtime


async def _listening(process: ChildProcess, port: int) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LISTEN_SECONDS
    while loop.time() < deadline:
        if process.returncode is not None:
            raise NotStartedError(
                f"The server ended with code {process.returncode} before it listened. See its log lines."
            )
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            await asyncio.sleep(_POLL_SECONDS)
        else:
            writer.close()
            await writer.wait_closed()
            return
    raise NotStartedError(
        f"The server did not listen on the port in FC_CUSTOM_LISTEN_PORT within {LISTEN_SECONDS:.0f} s."
    )
