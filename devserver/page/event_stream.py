"""The changes on DingTalk's side as server-sent events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from devserver.page.views import Views
    from emulators.dingtalk import Subscription

#: A comment this often tells both ends that the other one is still there.
HEARTBEAT_SECONDS = 15.0


async def event_stream(
    subscribe: Callable[[], Subscription], views: Views, *, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncGenerator[bytes, None]:
    """First `hello`, from when on nothing is missed; then every change, until the subscription ends.

    A page that (re)connects loads the state when it is told hello and then applies what follows. An event
    holds its subject as a whole, a card with its version, so applying one twice or late does no harm.
    """
    with subscribe() as changes:
        # `retry`: milliseconds until a page that lost the stream comes back.
        yield b"retry: 1000\nevent: hello\ndata: {}\n\n"
        pending = asyncio.ensure_future(changes.__anext__())
        try:
            while True:
                done, _ = await asyncio.wait({pending}, timeout=heartbeat)
                if not done:
                    yield b": still here\n\n"
                    continue
                try:
                    change = pending.result()
                except StopAsyncIteration:
                    return
                yield _event(change.seq, change.kind, msgspec.json.encode(views.change(change)))
                pending = asyncio.ensure_future(changes.__anext__())
        finally:
            pending.cancel()


def _event(seq: int, kind: str, data: bytes) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, kind.encode(), data)
