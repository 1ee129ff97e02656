"""Dropping a connection the way a crashed server does, which ASGI has no word for."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

_KEY = "local.hang_up"


class HangUp:
    """Wraps an application so that its connections can be dropped: one by its handler, all at the end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: dict[asyncio.Task[Any], Send] = {}
        self._closing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, with the means to drop its connection in the scope."""
        scope[_KEY] = partial(_drop, receive, send)
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._open[task] = send
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._closing:
                raise
        finally:
            del self._open[task]

    async def drop_all(self) -> None:
        """Drop what is still being answered and wait until its handlers have ended.

        Left to uvicorn, they would be cancelled after its grace period, with a stack trace each.
        """
        self._closing = True
        calls = list(self._open)
        for task in calls:
            _close(self._open[task])
            task.cancel()
        if calls:
            await asyncio.wait(calls)


async def hang_up(request: Request) -> None:
    """Close the request's connection now; what is sent afterwards goes nowhere, and nothing is logged."""
    await request.scope[_KEY]()


async def _drop(receive: Receive, send: Send) -> None:
    _close(send)
    while (await receive())["type"] != "http.disconnect":
        pass


def _close(send: Send) -> None:
    # uvicorn hands out a bound method of the request's cycle. Raising instead would close the connection too,
    # but with a stack trace on the console, and before a response it would first send a 500.
    cast("Any", send).__self__.transport.close()
