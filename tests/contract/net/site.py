"""A web site that says exactly the bytes a test wants, and a resolver that knows only what it was told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp.abc import AbstractResolver

if TYPE_CHECKING:
    import ssl

    from aiohttp.abc import ResolveResult

Page = Iterable["bytes | None"]
"""Bytes are sent, None is silence until the other side hangs up; at the end the connection is closed."""

PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
PLAIN = (".example.com",)

#: Addresses that an attacker may write to reach us and our neighbours; PORT is the site's.
INSIDE = [
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://[::1]:PORT/",
    "http://2130706433:PORT/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://localhost/",
    "https://[::ffff:7f00:1]/",
    "https://100.100.100.200/latest/meta-data/",
    "http://user:word@127.0.0.1:PORT/",
    "https://kb.internal/",
    "file:///etc/passwd",
    "ftp://files.example.com/",
    "https://[broken/",
    "//",
    "",
]


def answer(data: bytes = b"", status: int = 200, *fields: str) -> list[bytes | None]:
    """An honest page.

    fields: header lines, such as `Location: /b`.
    """
    return [head(f"Content-Length: {len(data)}", *fields, status=status), data]


def head(*fields: str, status: int = 200) -> bytes:
    lines = (f"HTTP/1.1 {status} Whatever", *fields, "", "")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def moved(location: str, status: int = 302, *fields: str) -> list[bytes | None]:
    return answer(b"", status, f"Location: {location}", *fields)


class Site:
    """Serves `pages` by path, without a query, and remembers the requests."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[str] = []
        self.port = 0
        self._scheme = "http"
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, queries included."""
        return [request.split(" ", 2)[1] for request in self.requests]

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)
        self._scheme = "https" if tls else "http"
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(self._serve(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(request)
            for step in self.pages[self.paths[-1].partition("?")[0]]:
                if step is None:
                    await reader.read()
                else:
                    writer.write(step)
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Names(AbstractResolver):
    """Answers the first list for the first question about a host, and so on; the last one stays."""

    def __init__(self, **answers: list[str]) -> None:
        self.asked: list[str] = []
        self._answers: dict[str, list[list[str]]] = {}
        for label, addresses in answers.items():
            self.know(f"{label}.example.com", addresses)

    def know(self, host: str, *answers: list[str]) -> None:
        self._answers[host] = list(answers)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        known = self._answers[host]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in (known.pop(0) if len(known) > 1 else known[0])
        ]

    async def close(self) -> None:
        pass
