"""HTTP clients that the requests of many people share: none keeps a cookie, which would go with another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.net.cookies import no_cookies

if TYPE_CHECKING:
    import ssl


def shared_client(
    *, limits: httpx.Limits, trust: ssl.SSLContext, proxy: httpx.Proxy | None = None
) -> httpx.AsyncClient:
    """A client over aiohttp, to be closed by the caller.

    A server that remembers a visitor by a cookie would otherwise go on with one person's conversation when
    the next person asks. Both libraries have a jar of their own.

    It opens no connection before the first request, which must come from the event loop that closes it.
    """

    def _session() -> ClientSession:
        connector = TCPConnector(
            limit=limits.max_connections or 0, keepalive_timeout=limits.keepalive_expiry, ssl=trust
        )
        return ClientSession(connector=connector, cookie_jar=DummyCookieJar())

    transport = AiohttpTransport(limits=limits, verify=trust, proxy=proxy, client=_session)
    return httpx.AsyncClient(transport=transport, cookies=no_cookies())
