"""Built-in Python runtimes, seen from the host: the runtime API that `builtin_bootstrap.py` talks to.

The paths are those of the platform's own API (aliyun/fc-runtime-go-sdk). One server serves every instance:
the instance's id is part of the address it is given in FC_RUNTIME_API.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from emulators.function_compute.invocation import UNHANDLED, Identity, Invocation, Outcome, platform_headers
from emulators.function_compute.runtimes.base import NotStartedError, RuntimeLostError
from emulators.function_compute.runtimes.processes import ChildProcess, Reaper, spawn
from emulators.serving import LOOPBACK, LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from uvicorn._types import ASGIApplication

    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.runtimes.programs import Programs

_BOOTSTRAP = Path(__file__).with_name("builtin_bootstrap.py")
_GONE = 410
_ACCEPTED = 202


class _Mailbox:
    """The invocations one instance still has to take, and the answers it owes."""

    def __init__(self, function: Function, identity: Identity) -> None:
        self.function = function
        self.identity = identity
        self.waiting: asyncio.Queue[Invocation | None] = asyncio.Queue()
        self.owed: dict[str, asyncio.Future[Outcome]] = {}


class RuntimeApi:
    """`GET …/invocation/next`, `POST …/invocation/{id}/response` and `…/error`, for all instances."""

    def __init__(self) -> None:
        self._mailboxes: dict[str, _Mailbox] = {}
        base = "/{instance}/2020-11-11/runtime/invocation"
        routes = [
            Route(f"{base}/next", self._next),
            Route(f"{base}/{{request_id}}/{{kind:str}}", self._report, methods=["POST"]),
        ]
        self._server = LoopbackServer(cast("ASGIApplication", Starlette(routes=routes)))

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Close; instances must have ended before."""
        await self._server.stop()

    def open(self, instance_id: str, function: Function, identity: Identity) -> str:
        """Prepare for an instance; returns its FC_RUNTIME_API."""
        self._mailboxes[instance_id] = _Mailbox(function, identity)
        return f"{LOOPBACK}:{self._server.port}/{instance_id}"

    def close(self, instance_id: str) -> None:
        """The instance has ended."""
        mailbox = self._mailboxes.pop(instance_id)
        mailbox.waiting.put_nowait(None)

    async def exchange(self, instance_id: str, invocation: Invocation) -> Outcome:
        """Put an invocation before the instance and wait for its report.

        Raises:
            RuntimeLostError: the instance has ended.
        """
        mailbox = self._mailboxes.get(instance_id)
        if mailbox is None:
            raise RuntimeLostError("it had ended before")
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        mailbox.owed[invocation.request_id] = answer
        mailbox.waiting.put_nowait(invocation)
        try:
            return await answer
        finally:
            del mailbox.owed[invocation.request_id]

    async def _next(self, request: Request) -> Response:
        mailbox = self._mailboxes.get(request.path_params["instance"])
        invocation = await mailbox.waiting.get() if mailbox else None
        if mailbox is None or invocation is None:
            return Response(status_code=_GONE)
        headers = platform_headers(mailbox.function, invocation, mailbox.identity)
        return Response(invocation.payload, headers=headers, media_type="application/octet-stream")

    async def _report(self, request: Request) -> Response:
        mailbox = self._mailboxes.get(request.path_params["instance"])
        answer = mailbox.owed.get(request.path_params["request_id"]) if mailbox else None
        body = await request.body()
        if answer is None or answer.done():
            return Response(status_code=_GONE)
        failed = request.path_params["kind"] == "error"
        answer.set_result(Outcome(body, UNHANDLED if failed else ""))
        return Response(status_code=_ACCEPTED)


class BuiltinRuntime:
    """One started bootstrap."""

    def __init__(
        self, process: ChildProcess, ended: asyncio.Task[None], api: RuntimeApi, instance_id: str
    ) -> None:
        self.process = process
        self._ended = ended
        self._api = api
        self._instance_id = instance_id

    async def exchange(self, invocation: Invocation) -> Outcome:
        """One at a time: the bootstrap is a single loop."""
        return await self._api.exchange(self._instance_id, invocation)

    async def close(self) -> None:
        """The process has ended."""
        self._api.close(self._instance_id)
        await self._ended


async def launch_builtin(
    function: Function,
    instance_id: str,
    *,
    identity: Identity,
    programs: Programs,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    reaper: Reaper,
    api: RuntimeApi,
) -> BuiltinRuntime:
    """Start the bootstrap.

    Raises:
        NotStartedError: the code folder or the interpreter is missing.
    """
    code = programs.folder(function.code)
    hooks = function.instance_lifecycle_config
    address = api.open(instance_id, function, identity)
    try:
        process, ended = await spawn(
            [*programs.python, str(_BOOTSTRAP), function.runtime],
            env={
                **environment,
                "FC_RUNTIME_API": address,
                "_FC_INITIALIZER": hooks.initializer.handler if hooks.initializer else "",
                "_FC_PRE_STOP": hooks.pre_stop.handler if hooks.pre_stop else "",
            },
            cwd=code,
            on_line=on_line,
            reaper=reaper,
        )
    except OSError as error:
        api.close(instance_id)
        raise NotStartedError(f"{function.name} could not be started in {code}: {error}.") from error
    return BuiltinRuntime(process, ended, api, instance_id)
