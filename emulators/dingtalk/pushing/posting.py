"""POSTs to a bot, and what comes back from any push, by HTTP or by Stream."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Published for HTTP push; robot messages have no figure of their own.
PUSH_LIMIT_S = 2.5


@dataclass(frozen=True)
class Answer:
    """What came back from one push.

    status: an HTTP status, or the `code` of a Stream acknowledgement; None when nothing came.
    latency: seconds. error: why it was not taken; empty when it was.
    """

    status: int | None
    body: str
    latency: float
    error: str


class Poster:
    """POSTs JSON to a bot, each time within a limit. Never raises for what the bot does."""

    def __init__(self, clock: Callable[[], float], transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._clock = clock
        # A proxy in the environment must not see traffic that stays on this machine.
        # And a burst is a burst: the service does not wait for a free connection.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(
            trust_env=False,
            transport=transport,
            limits=limits,
            # A bot on this machine has no certificate, and reading the authorities takes 20 ms.
            verify=False,  # noqa: S501
        )

    async def post(
        self, url: str, headers: Callable[[], Mapping[str, str]], body: Mapping[str, Any], *, limit: float
    ) -> Answer:
        """One POST; `limit` in seconds is for the whole exchange.

        headers: asked when the request is sent. Many that wait to be sent do not carry the same time.
        """
        began = self._clock()
        content = json.dumps(body, ensure_ascii=False).encode()
        status, text, error = None, "", ""
        try:
            response = await asyncio.wait_for(self._send(url, headers, content), limit)
        except asyncio.TimeoutError:
            error = f"no answer within {limit} s"
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            error = f"{type(problem).__name__}: {problem}"
        else:
            status, text = response.status_code, response.text
            error = "" if response.is_success else f"HTTP {status}"
        return Answer(status, text, self._clock() - began, error)

    async def _send(
        self, url: str, headers: Callable[[], Mapping[str, str]], content: bytes
    ) -> httpx.Response:
        every = {"content-type": "application/json; charset=utf-8", **headers()}
        return await self._client.post(url, content=content, headers=every)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
