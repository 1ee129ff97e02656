"""An ASGI application on a loopback port, inside the running event loop."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uvicorn._types import ASGIApplication

LOOPBACK = "127.0.0.1"


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
    """uvicorn without its signal handlers: Ctrl-C belongs to the owner of the event loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = _Dated()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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
            # Ctrl-C must not wait for a browser's open event stream.
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,
        )
        self._server = _EmbeddedServer(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        await self._task
