"""A connection that breaks before its answer, for faults that take a service away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive


async def drop(receive: Receive) -> None:
    """Break the request's connection without an answer; returns when uvicorn has seen it.

    receive: as uvicorn gave it to the application.
    """
    # ASGI knows no such thing. uvicorn's `receive` is a method of the object that holds the connection.
    receive.__self__.transport.abort()  # type: ignore[attr-defined]
    while (await receive())["type"] != "http.disconnect":
        pass
