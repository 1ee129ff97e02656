"""Server-sent events on their way out."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from starlette.responses import StreamingResponse

from emulators.rag_server.http.damage import damaged, kept_open, way_of
from emulators.rag_server.http.misbehaviour import DAMAGE, OPEN, SPLIT, number

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.types import Send

    from emulators.faults import FaultBoard


_Item = TypeVar("_Item")


class EventStream(StreamingResponse):
    """A stream of events; the generator is closed once the client is gone.

    headers: all of them, because Starlette adds a charset to a media type and not every product sends one.
    """

    def __init__(
        self, events: AsyncGenerator[bytes, None], faults: FaultBoard, headers: Mapping[str, str]
    ) -> None:
        way, beats = faults.take(DAMAGE), number(faults, OPEN, 0)
        if way is not None:
            events = damaged(events, way_of(way))
        if beats is not None:
            events = kept_open(events, beats)
        self._events = apart(events, int(number(faults, SPLIT, 7) or 0))
        super().__init__(self._events, headers=headers)

    async def stream_response(self, send: Send) -> None:
        """Send the events one by one."""
        async with aclosing(self._events):
            await super().stream_response(send)


async def apart(events: AsyncGenerator[bytes, None], size: int) -> AsyncGenerator[bytes, None]:
    """The events in parts of `size` bytes, which respect neither lines nor characters; 0: as they are."""
    async with aclosing(events):
        async for event in events:
            step = size or len(event)
            for at in range(0, len(event), step):
                yield event[at : at + step]
                if size:
                    # Each part is a write of its own.
                    await asyncio.sleep(0)


async def begun(items: AsyncGenerator[_Item, None]) -> AsyncGenerator[_Item, None]:
    """The same items, once the first of them is there; raises what getting that one raises."""
    try:
        first = [await anext(items)]
    except StopAsyncIteration:
        first = []
    return _resumed(first, items)


async def _resumed(first: list[_Item], items: AsyncGenerator[_Item, None]) -> AsyncGenerator[_Item, None]:
    async with aclosing(items):
        for item in first:
            yield item
        async for item in items:
            yield item


async def kept_alive(
    events: AsyncGenerator[bytes, None], beat: bytes, every: float
) -> AsyncGenerator[bytes, None]:
    """The events, with a sign of life whenever the next one takes longer than `every` seconds."""
    async with aclosing(events):
        while True:
            following = asyncio.ensure_future(anext(events))
            try:
                while not (await asyncio.wait({following}, timeout=every))[0]:
                    yield beat
            finally:
                if not following.done():
                    following.cancel()
                    await asyncio.wait({following})
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            yield event


async def single(event: bytes) -> AsyncGenerator[bytes, None]:
    """A stream of one event."""
    yield event
