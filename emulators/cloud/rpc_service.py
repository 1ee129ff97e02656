"""One operation of an Alibaba Cloud RPC service on a loopback port: signed with ACS3, answered in JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple, cast

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from emulators.dropping import drop
from emulators.function_compute.http.acs3 import SignatureRefusedError, SignedRequest, received, verify
from emulators.serving import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send
    from uvicorn._types import ASGIApplication

    from emulators.faults import FaultBoard


class RefusedCallError(Exception):
    """An answer that is not a success. inside: said in the body of an HTTP 200."""

    def __init__(self, status: int, code: str | int, message: str, *, inside: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.inside = inside


class Outages(NamedTuple):
    """The faults before any answer: the connection breaks, or the answer waits for the value's seconds."""

    away: str
    slow: str
    slow_by_default: float


class RpcService(ABC):
    """What the services have in common; a subclass says what it answers.

    operation: action and version. credentials: AccessKey id → secret of those who may ask.
    clock: seconds since the epoch. sleep: how a slow answer waits.
    """

    def __init__(
        self,
        operation: tuple[str, str],
        outages: Outages,
        *,
        credentials: Mapping[str, str],
        faults: FaultBoard,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._operation = operation
        self._outages = outages
        self._credentials = credentials
        self._faults = faults
        self._clock = clock
        self._sleep = sleep
        self._server = LoopbackServer(cast("ASGIApplication", self))

    @property
    def url(self) -> str:
        """The endpoint; valid once started."""
        return self._server.url

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Close the port."""
        await self._server.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        if self._faults.strikes(self._outages.away):
            await drop(receive)
            return
        if (slow := self._faults.take(self._outages.slow)) is not None:
            await self._sleep(float(slow or self._outages.slow_by_default))
        status, answer = self._respond(request, body)
        await JSONResponse(answer, status)(scope, receive, send)

    @abstractmethod
    def _respond(self, request: Request, body: bytes) -> tuple[int, dict[str, object]]:
        """Status and JSON of the answer."""

    def _admit(self, request: Request, body: bytes) -> SignedRequest:
        """The request when it is signed and for the operation; raises RefusedCallError for any other one."""
        signed = received(request, body)
        try:
            verify(signed, self._credentials, now=self._clock())
        except SignatureRefusedError as error:
            raise RefusedCallError(400, "SignatureDoesNotMatch", str(error)) from error
        operation = signed.header("x-acs-action"), signed.header("x-acs-version")
        if request.method != "POST" or operation != self._operation:
            raise RefusedCallError(404, "InvalidAction.NotFound", "Specified api is not found.")
        return signed
