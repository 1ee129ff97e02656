"""Which failures of a call leave no doubt that it was not carried out, over both of the transports in use."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from emulators.serving import hold_port
from rag_on_dingtalk.net.connecting import never_left

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TRANSPORTS: dict[str, Callable[[], httpx.AsyncBaseTransport]] = {
    "httpx": httpx.AsyncHTTPTransport,
    "httpx-aiohttp": AiohttpTransport,
}


@pytest.fixture(params=TRANSPORTS)
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=TRANSPORTS[request.param](), timeout=5.0) as one:
        yield one


@asynccontextmanager
async def server(after: bytes, *, reset: bool = False) -> AsyncIterator[str]:
    """Takes a request, answers with these bytes and closes the connection, by a reset if so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"question")
        writer.write(after)
        if reset:
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def failure(client: httpx.AsyncClient, url: str) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is looked at
        await client.post(url, content=b"question", timeout=httpx.Timeout(0.5, connect=0.5))
    return caught.value


async def test_a_refused_connection_leaves_no_doubt(client: httpx.AsyncClient) -> None:
    with hold_port() as held:
        error = await failure(client, f"http://127.0.0.1:{held.getsockname()[1]}")

    assert never_left(error)


async def test_a_name_without_an_address_leaves_no_doubt(client: httpx.AsyncClient) -> None:
    assert never_left(await failure(client, "http://api.invalid"))


async def test_a_server_that_takes_no_connection_leaves_no_doubt(client: httpx.AsyncClient) -> None:
    # Of a port whose queue is full Linux drops what would connect.
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        host = busy.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003 - the name of the argument is the method's
            one.connect_ex(host)

        error = await failure(client, f"http://127.0.0.1:{host[1]}")

        for one in waiting:
            one.close()

    assert never_left(error)


@pytest.mark.parametrize(
    "after", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], ids=["head", "body"]
)
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_connection_that_breaks_after_the_request_leaves_doubt(
    client: httpx.AsyncClient,
    after: bytes,
    reset: bool,  # noqa: FBT001 - a case
) -> None:
    async with server(after, reset=reset) as url:
        error = await failure(client, url)

    assert not never_left(error)
