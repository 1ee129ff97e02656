"""A site on loopback; and an internet whose every public address is that site."""

from __future__ import annotations

import socket
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.errors import FetchError
from tests.contract.net.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from rag_on_dingtalk.net.fetching import Fetcher

    Refusal = Callable[[Fetcher, str], Awaitable[FetchError]]

SECRET = "Signature=c2VjcmV0"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.stop()


@pytest.fixture
def dialed(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses to which connections were made; all of them lead to the site instead."""
    addresses: list[str] = []

    async def dial(*, addr_infos: list[Any], **_: object) -> socket.socket:
        addresses.extend(info[4][0] for info in addr_infos)
        connection = socket.create_connection(("127.0.0.1", site.port))
        connection.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        return connection

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", dial)
    return addresses


@pytest.fixture
def refusal() -> Refusal:
    """Why a fetch failed; checks that a log of it does not give away the address's signature."""

    async def fails(fetcher: Fetcher, url: str) -> FetchError:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(f"{url}?{SECRET}")
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        return caught.value

    return fails
