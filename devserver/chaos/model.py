"""A model server whose answers name the question they answer.

The knowledge server asks it through an OpenAI-compatible URL, as it would ask a real one. Source of the
stream's shape: OpenAI API reference, "Chat Completions streaming".
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, cast

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from devserver.chaos.plan import tokens_in
from emulators.serving import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from uvicorn._types import ASGIApplication

_PIECES = 10


class TokenModel:
    """Answers every chat with the last message's token and some words.

    piece_delay: seconds between two pieces.
    together: no question is answered before it was asked so often; two who answer it meet for certain.
    """

    def __init__(self, piece_delay: float, *, together: int = 1) -> None:
        self._piece_delay = piece_delay
        self._together = together
        self._asked: Counter[str] = Counter()
        self._often_enough: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])
        self._server = LoopbackServer(cast("ASGIApplication", app))

    @property
    def environ(self) -> dict[str, str]:
        """What leads the knowledge server here; valid once started."""
        return {
            "OPENAI_BASE_URL": f"{self._server.url}/v1",
            "OPENAI_API_KEY": "any",
            "OPENAI_MODEL": "token",
        }

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Close the port."""
        await self._server.stop()

    async def _complete(self, request: Request) -> Response:
        try:
            chat = await request.json()
        except ClientDisconnect:
            # The asker was killed while it asked.
            return Response(status_code=400)
        tokens = tokens_in(str(chat["messages"][-1]["content"]))
        question = "".join(tokens)
        self._asked[question] += 1
        if self._asked[question] >= self._together:
            self._often_enough[question].set()
        await self._often_enough[question].wait()
        return StreamingResponse(self._events(tokens), media_type="text/event-stream")

    async def _events(self, tokens: list[str]) -> AsyncIterator[bytes]:
        yield _event({"content": f"关于{''.join(tokens)}："})
        for piece in range(1, _PIECES + 1):
            await asyncio.sleep(self._piece_delay)
            yield _event({"content": f"第 {piece} 点。"})
        yield b"data: [DONE]\n\n"


def _event(delta: dict[str, Any]) -> bytes:
    choices = [{"index": 0, "delta": delta}]
    return f"data: {json.dumps({'choices': choices}, ensure_ascii=False)}\n\n".encode()
