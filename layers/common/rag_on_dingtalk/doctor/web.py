"""Plain HTTP: the callback's address, and GetFunction."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx

from rag_on_dingtalk.cloud.acs3 import signed_headers
from rag_on_dingtalk.doctor.clock import Reading, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.cloud.acs3 import Credentials

_VERSION = "2023-03-30"
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_SHOWN = 200


class Web(httpx.AsyncClient):
    """A client that reads the time off every answer.

    clock: seconds since the epoch, by this machine.
    """

    def __init__(self, clock: Callable[[], float] = time.time, **options: Any) -> None:
        super().__init__(timeout=_TIMEOUT, event_hooks={"response": [self._look_at_the_clock]}, **options)
        self.clock = clock
        self.readings: list[Reading] = []

    async def _look_at_the_clock(self, response: httpx.Response) -> None:
        reading = read(response.url.host, response.headers.get("date", ""), self.clock())
        if reading is not None:
            self.readings.append(reading)


async def fetch(web: Web, url: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """GET: status and body; status 0 and the problem's name when no server answered."""
    try:
        response = await web.get(url, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return 0, f"{type(error).__name__}: {error}".encode()
    return response.status_code, response.content


async def get_function(web: Web, endpoint: str, name: str, credentials: Credentials) -> tuple[int, str]:
    """FC's GetFunction: status, and the beginning of the answer."""
    path = f"/{_VERSION}/functions/{quote(name, safe='')}"
    headers = signed_headers(
        method="GET",
        host=urlsplit(endpoint).netloc,
        path=path,
        query={},
        action="GetFunction",
        version=_VERSION,
        headers={},
        body=b"",
        credentials=credentials,
        now=web.clock(),
        nonce=os.urandom(16).hex(),
    )
    status, body = await fetch(web, f"{endpoint.rstrip('/')}{path}", headers)
    return status, body.decode("utf-8", "replace")[:_SHOWN]
