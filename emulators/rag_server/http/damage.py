"""Streams that are not as they should be: an event that cannot be read, a body that stays open."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from emulators.rag_server.http.misbehaviour import FaultValueError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

#: Which event is damaged: text comes by then, from a flow too, and more of it follows.
DAMAGED_EVENT = 10


def _glued(event: bytes) -> bytes:
    """One line end after it, so that the next event is a part of this one."""
    return event[:-1]


def _doubled(event: bytes) -> bytes:
    return event.replace(b"data:", b"data: data:", 1)


def _cut(event: bytes) -> bytes:
    return event[: len(event) // 2] + b"\n\n"


def _raw(event: bytes) -> bytes:
    """A control character within a string, which JSON does not allow."""
    at = event.rindex(b'"')
    return event[:at] + b"\t" + event[at:]


def _plain(event: bytes) -> bytes:
    """A word of a proxy in place of the event, whatever that was."""
    del event
    return b"data: upstream connect error or disconnect/reset before headers\n\n"


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "glued": _glued,
    "doubled": _doubled,
    "cut": _cut,
    "raw": _raw,
    "plain": _plain,
}


def way_of(value: str) -> str:
    """The way a fault's value names, `cut` for ""; raises FaultValueError."""
    if value and value not in WAYS:
        raise FaultValueError(f"A stream cannot be damaged by {value!r}. The ways are: {', '.join(WAYS)}.")
    return value or "cut"


async def damaged(events: AsyncGenerator[bytes, None], way: str) -> AsyncGenerator[bytes, None]:
    """The events, one of them damaged. way: a key of `WAYS`."""
    async with aclosing(events):
        number = 0
        async for event in events:
            number += 1
            yield WAYS[way](event) if number == DAMAGED_EVENT else event


async def kept_open(events: AsyncGenerator[bytes, None], beat_every: float) -> AsyncGenerator[bytes, None]:
    """The events, and then no end; with a comment every `beat_every` seconds if that is not 0."""
    async with aclosing(events):
        async for event in events:
            yield event
    while True:
        await asyncio.sleep(beat_every or 3_600)
        if beat_every:
            yield b": keep-alive\n\n"
