"""An answer of given bytes, through a backend and without a socket: for tables and properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from rag_on_dingtalk.testing.outcome import ASK, outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from rag_on_dingtalk.backends.base import Ask
    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.outcome import Outcome

URL = "http://kb.example.com"


class Pieces(httpx.AsyncByteStream):
    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


async def replay(
    dialect: Dialect,
    *pieces: bytes,
    status: int = 200,
    content_type: str = "text/event-stream",
    ask: Ask = ASK,
    **settings: Any,
) -> Outcome:
    """What becomes of an answer whose body arrives in these pieces."""
    return (await replays(dialect, [(status, pieces)], content_type=content_type, ask=ask, **settings))[0]


async def replays(
    dialect: Dialect,
    answers: Iterable[tuple[int, tuple[bytes, ...]]],
    *,
    content_type: str = "text/event-stream",
    ask: Ask = ASK,
    **settings: Any,
) -> tuple[Outcome, list[bytes]]:
    """What becomes of one question when the server gives these answers in order; and what it was sent."""
    waiting = list(answers)
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        status, pieces = waiting.pop(0)
        return httpx.Response(status, headers={"Content-Type": content_type}, stream=Pieces(*pieces))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        return await outcome(dialect.build(URL, http, **settings), ask), sent
