"""HTTP/1.1 on a loopback port, by hand (asyncio and h11) because a fault must be able to cut the wire.

An ASGI server always answers; here a responder that returns None closes the connection instead.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TypeAlias

import h11

from emulators.serving import LOOPBACK, PortTakenError

_CHUNK = 256 * 1024
# Clients open a connection for each thread at once.
_BACKLOG = 512


@dataclass(frozen=True)
class HttpRequest:
    """One request.

    path: without the query.
    headers: lower-case names.
    too_large: the body was longer than the server keeps, and `body` is only its beginning.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    too_large: bool


@dataclass(frozen=True)
class HttpResponse:
    """One answer; Content-Length and Date are added when it is sent."""

    status: int
    headers: dict[str, str]
    body: bytes


Responder: TypeAlias = Callable[[HttpRequest], Awaitable[HttpResponse | None]]


class Server:
    """Serves one responder on 127.0.0.1, with keep-alive.

    refuses: asked for every new connection; True closes it before a byte is read.
    max_body: bytes of a request body that are kept; the rest is read and thrown away, so that the
        client gets to read the refusal instead of a broken pipe.
    """

    def __init__(self, respond: Responder, *, refuses: Callable[[], bool], max_body: int) -> None:
        self._respond = respond
        self._refuses = refuses
        self._max_body = max_body
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 lets the system choose. Raises PortTakenError when the port is in use."""
        try:
            self._server = await asyncio.start_server(
                self._accept, LOOPBACK, port, limit=_CHUNK, backlog=_BACKLOG
            )
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTakenError(
                f"Port {port} is already in use. Stop the program that has it, "
                f"or choose another one with --port."
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is None:
            return
        self._stopping = True
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            # A connection can be accepted just before the port closes and get here just after.
            if not self._stopping and not self._refuses():
                await self._converse(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            # The peer left, or the server stops: either way no reader is left.
            writer.transport.abort()
        finally:
            self._connections.discard(connection)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        while True:
            try:
                request = await self._read(http, reader)
            except h11.RemoteProtocolError as error:
                refusal = HttpResponse(error.error_status_hint, {"Connection": "close"}, b"")
                writer.write(_serialize(http, refusal, method="POST"))
                return
            if request is None:
                return
            response = await self._respond(request)
            if response is None:
                writer.transport.abort()
                return
            writer.write(_serialize(http, response, method=request.method))
            await writer.drain()
            if http.our_state is not h11.DONE:
                return
            http.start_next_cycle()

    async def _read(self, http: h11.Connection, reader: asyncio.StreamReader) -> HttpRequest | None:
        """The next request, or None when the peer has closed the connection between two."""
        head: h11.Request | None = None
        body = bytearray()
        size = 0
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(_CHUNK))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data[: self._max_body - len(body)]
                size += len(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _request(head, bytes(body), too_large=size > self._max_body)
            else:
                return None


def _request(head: h11.Request, body: bytes, *, too_large: bool) -> HttpRequest:
    return HttpRequest(
        method=head.method.decode("ascii"),
        path=head.target.decode("latin-1").partition("?")[0],
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers},
        body=body,
        too_large=too_large,
    )


def _serialize(http: h11.Connection, response: HttpResponse, *, method: str) -> bytes:
    # One write: head and body in two would wait for each other on a kept-alive connection (Nagle's
    # algorithm against delayed acknowledgement, 40 ms a request).
    headers = [
        *response.headers.items(),
        ("Content-Length", str(len(response.body))),
        ("Date", formatdate(usegmt=True)),
    ]
    head = h11.Response(
        status_code=response.status, headers=headers, reason=HTTPStatus(response.status).phrase
    )
    body = h11.Data(data=b"" if method == "HEAD" else response.body)
    events: tuple[h11.Event, ...] = (head, body, h11.EndOfMessage())
    return b"".join(http.send(event) or b"" for event in events)
