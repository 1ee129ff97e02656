"""An HTTP server that says exactly the bytes a test wants, when it wants."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable


class Move(Enum):
    """What a script can do besides sending bytes."""

    STAY_SILENT = auto()  # until the other side hangs up
    PING_ON = auto()  # likewise
    HANG_UP = auto()  # in order: the other side reads an end of file
    RESET = auto()  # at once: the other side reads a broken connection


Step = bytes | Move | asyncio.Event
"""Bytes are sent, an event is waited for."""

Script = list[Step]

PING_SECONDS = 0.01

LAST_CHUNK = b"0\r\n\r\n"


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def head(status: int = 200, content_type: str = "text/event-stream", extra: str = "") -> bytes:
    typed = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"HTTP/1.1 {status} Whatever\r\n{typed}{extra}Transfer-Encoding: chunked\r\n\r\n".encode()


def body(status: int, content: str, content_type: str = "application/json") -> Script:
    return [head(status, content_type), chunk(content.encode()), LAST_CHUNK]


def stream(pieces: Iterable[bytes], *, content_type: str = "text/event-stream") -> Script:
    return [head(content_type=content_type), *map(chunk, pieces), LAST_CHUNK]


def data(event: object) -> bytes:
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


@dataclass(frozen=True)
class Received:
    connection: int
    method: str
    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        """What it says in JSON."""
        said: dict[str, Any] = json.loads(self.content)
        return said


@dataclass
class ScriptedServer:
    """Plays the next script for each request; `hung_up` is set when the client goes away."""

    scripts: deque[Script] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _connections: int = 0
    _playing: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def stop(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._playing:
            task.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)

    def will(self, script: Script) -> None:
        self.scripts.append(script)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        task = asyncio.ensure_future(self._serve(self._connections, reader, writer))
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)

    async def _serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._receive(number, reader) and await self._play(reader, writer):
                pass
        except ConnectionError:
            self.hung_up.set()
        finally:
            writer.close()

    async def _receive(self, number: int, reader: asyncio.StreamReader) -> bool:
        try:
            beginning = await reader.readexactly(1)
            if beginning == b"\x16":  # a TLS handshake
                return False
            request = (beginning + await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            self.hung_up.set()
            return False
        first, *lines = request.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received.append(Received(number, method, path, headers, content))
        self.asked.set()
        return True

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        for step in self.scripts.popleft():
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, asyncio.Event):
                await step.wait()
            elif step is Move.STAY_SILENT:
                await reader.read()
                self.hung_up.set()
                return False
            elif step is Move.PING_ON:
                await self._ping(reader, writer)
                return False
            elif step is Move.RESET:
                writer.transport.abort()
                return False
            else:
                return False
        return True

    async def _ping(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = asyncio.ensure_future(reader.read())
        while not gone.done():
            writer.write(chunk(b"event: ping\n\n"))
            await writer.drain()
            await asyncio.wait({gone}, timeout=PING_SECONDS)
        self.hung_up.set()
