"""Runs: an answer goes on by itself, whether or not a caller listens, until it ends or is stopped."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from emulators.rag_server.dify.answers.wire import PING, Json, event_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from emulators.rag_server.versions import Version

_Item = TypeVar("_Item")

#: How often a stream says that it is still there, from the start of the run.
PING_SECONDS = 10.0


class Run:
    """One answer in the making.

    user: whose it is; only they can stop it.
    stopped: set once they have.
    """

    def __init__(self, user: str) -> None:
        self.task_id = str(uuid.uuid4())
        self.user = user
        self.stopped = asyncio.Event()
        self._told: asyncio.Queue[Json | Exception | None] = asyncio.Queue()

    async def tell(self, events: AsyncGenerator[Json, None]) -> None:
        """Note the events, and how they ended."""
        try:
            async with aclosing(events):
                async for event in events:
                    self._told.put_nowait(event)
        except Exception as error:  # noqa: BLE001 - the listener is to have it, as if it ran there
            self._told.put_nowait(error)
        finally:
            self._told.put_nowait(None)

    async def events(self) -> AsyncGenerator[Json, None]:
        """The events; raises what telling them raised."""
        while (event := await self._told.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    async def lines(self, ping_every: float, version: Version) -> AsyncGenerator[bytes, None]:
        """The same as bytes, with a ping at every interval."""
        loop = asyncio.get_running_loop()
        due = loop.time() + ping_every
        while True:
            try:
                event = await asyncio.wait_for(self._told.get(), due - loop.time())
            except asyncio.TimeoutError:
                due += ping_every
                yield PING
                continue
            if event is None:
                return
            if isinstance(event, Exception):
                raise event
            yield event_bytes(event, version)


class Runs:
    """Every run that has not ended."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], Run] = {}

    def start(self, run: Run, events: AsyncGenerator[Json, None]) -> None:
        """Let it go on by itself."""
        task = asyncio.ensure_future(run.tell(events))
        self._tasks[task] = run
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def stop(self, task_id: str, user: str | None) -> None:
        """Stop a run; of an unknown one, or another user's (None: every user's), nothing is said."""
        for run in self._tasks.values():
            if run.task_id == task_id and user in {None, run.user}:
                run.stopped.set()

    async def close(self) -> None:
        """End them all."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(stopped: asyncio.Event, items: AsyncGenerator[_Item, None]) -> AsyncGenerator[_Item, None]:
    """The items until they are stopped, even while the next one is waited for."""
    stop = asyncio.ensure_future(stopped.wait())
    try:
        async with aclosing(items):
            while True:
                following = asyncio.ensure_future(anext(items))
                try:
                    await asyncio.wait({following, stop}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not following.done():
                        following.cancel()
                        await asyncio.wait({following})
                if following.cancelled():
                    return
                try:
                    item = following.result()
                except StopAsyncIteration:
                    return
                yield item
    finally:
        stop.cancel()
