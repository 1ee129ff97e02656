"""An ASGI application on a loopback port, inside the running event loop."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING

import anyio
import uvicorn
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uvicorn._types import ASGIApplication

LOOPBACK = "127.0.0.1"

#: Seconds that requests have to end: Ctrl-C must not wait for a browser's open event stream.
_GRACE = 1.0
_LOOK = 0.005


def hold_port() -> socket.socket:
    """A port of this machine's, kept for a server that is about to listen on it; `getsockname()[1]` names it.

    A port that was bound and let go may be given to another connection before the server is there. A bound
    socket that does not listen keeps it: the system gives the port to no one else, a connection to it is
    refused, and a server that sets SO_REUSEADDR, as Python's do, may still listen on it (Linux).
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((LOOPBACK, 0))
    return held


class PortTakenError(RuntimeError):
    """Raised when another program already listens on the port that was asked for."""


class _Dated(ServerState):
    """Says in each answer when it was given; uvicorn's own date is as old as its loop's last turn."""

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"date", formatdate(usegmt=True).encode("ascii"))]

    @default_headers.setter
    def default_headers(self, _headers: list[tuple[bytes, bytes]]) -> None:
        """Uvicorn sets its own once a second."""


class _EmbeddedServer(uvicorn.Server):
    """uvicorn without its signal handlers: Ctrl-C belongs to the owner of the event loop.

    It ends at once. uvicorn looks every 0.1 s whether it shall, and then waits 0.1 s more; a test of the
    whole system stops a dozen servers.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = _Dated()
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Make `serve` return."""
        self.should_exit = True
        self._ending.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with anyio.move_on_after(_GRACE):
            while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110  # uvicorn tells no one
                await asyncio.sleep(_LOOK)
        for task in list(self.server_state.tasks):
            task.cancel()


class LoopbackServer:
    """Serves one application on 127.0.0.1; port 0 lets the system choose."""

    def __init__(self, app: ASGIApplication, *, port: int = 0) -> None:
        self._app = app
        self._wanted_port = port
        self._server: _EmbeddedServer | None = None
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`, without a trailing slash; valid once started."""
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Listen; raises PortTakenError when the port is in use."""
        # With the protocol named, asyncio turns Nagle's algorithm off; without, each answer waits 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, self._wanted_port))
        except OSError as error:
            listener.close()
            raise PortTakenError(
                f"Port {self._wanted_port} is already in use. Stop the program that has it, "
                f"or choose another one with --port."
            ) from error
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_level="warning",
            access_log=False,
            ws="none",
            lifespan="off",
            timeout_keep_alive=75,
        )
        self._server = _EmbeddedServer(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(_LOOK)

    async def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is None or self._task is None:
            return
        self._server.end()
        await self._task
