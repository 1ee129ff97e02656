"""Keeps a connection up: the next one is there before the last one goes, and no failure ends it.

What the official SDK leaves undone is done here: time limits on everything, pauses that grow with jitter, no
ticket in a log line, and a replacement before DingTalk closes an expired connection.
"""

from __future__ import annotations

import logging
import random
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from websockets.asyncio.client import connect

from rag_on_dingtalk.dingtalk.stream.connection import Connection, Handle
from rag_on_dingtalk.dingtalk.stream.figures import Figures
from rag_on_dingtalk.dingtalk.stream.frames import MAX_DATA_BYTES
from rag_on_dingtalk.dingtalk.stream.opening import StreamApp, is_refusal, open_connection
from rag_on_dingtalk.dingtalk.stream.timing import Timing, pause_after, rotation_after
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx
    from anyio.abc import TaskGroup

    from rag_on_dingtalk.observability.log_lines import LogLine

#: The protocol has no figure; bodies have a few KB, and what is larger would close the connection.
_MAX_FRAME_BYTES = max(2**20, 4 * MAX_DATA_BYTES)

#: The library's own lines hold the address with its ticket.
_UNHEARD = logging.getLogger("rag_on_dingtalk.stream.websocket")
_UNHEARD.setLevel(logging.CRITICAL)


class StreamClient:
    """One app's connection to DingTalk.

    handle: what is done with each push; see `Connection`.
    random: for jitter.
    """

    def __init__(
        self,
        app: StreamApp,
        *,
        handle: Handle,
        http: httpx.AsyncClient,
        log: LogLine,
        timing: Timing | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._handle = handle
        self._http = http
        self._log = log
        self._timing = timing or Timing()
        self._clock = clock
        self._wall = wall
        self._random = random.Random()  # noqa: S311 - jitter
        self._stopping = anyio.Event()
        self._up: set[Connection] = set()
        self.figures = Figures()

    @property
    def frame_age(self) -> float | None:
        """Seconds since DingTalk last sent anything; None when no connection is up or nothing came yet."""
        last = self.figures.last_frame
        return None if last is None or not self.figures.connected else self._clock() - last

    async def run(self) -> None:
        """Stay connected until `stop`."""
        async with anyio.create_task_group() as tasks:
            current: Connection | None = None
            failed = 0
            while not self._stopping.is_set():
                try:
                    following = await self._connect(tasks)
                except Exception as error:  # noqa: BLE001 - a proxy, a resolver, TLS: the next attempt may succeed
                    failed += 1
                    await self._pause(self._after(error, failed))
                    continue
                if current is not None:
                    tasks.start_soon(current.retire)
                current = following
                await current.leaving.wait()
                self._log("stream_left", client_id=self._app.client_id, reason=current.reason)
                failed = 0 if current.was_of_use else failed + 1
                if failed:
                    # Another one at once would hardly be better.
                    await self._pause(pause_after(failed, self._timing, self._random))
            for connection in list(self._up):
                tasks.start_soon(connection.close)

    def stop(self) -> None:
        """End it: what is under way is acknowledged, then every connection is closed; `run` returns."""
        self._stopping.set()
        for connection in self._up:
            connection.leave()

    async def _connect(self, tasks: TaskGroup) -> Connection:
        opening = await open_connection(self._http, self._app)
        timing = self._timing
        socket = await connect(
            opening.url.reveal(),
            open_timeout=timing.connect,
            ping_interval=timing.ping,
            ping_timeout=timing.pong,
            close_timeout=timing.finish,
            max_size=_MAX_FRAME_BYTES,
            compression=None,
            user_agent_header="rag-on-dingtalk",
            logger=_UNHEARD,
        )
        connection = Connection(
            socket,
            handle=self._handle,
            timing=timing,
            keep=rotation_after(timing, self._random),
            figures=self.figures,
            log=self._log,
            clock=self._clock,
            wall=self._wall,
        )
        self._up.add(connection)
        if self._stopping.is_set():
            # Told to stop while it was being opened.
            connection.leave()
        self.figures.opened += 1
        self._log("stream_connected", client_id=self._app.client_id, number=self.figures.opened)
        tasks.start_soon(self._serve, connection)
        return connection

    async def _serve(self, connection: Connection) -> None:
        try:
            await connection.serve()
        except Exception as error:  # noqa: BLE001 - one connection must not end the client
            self._log("stream_broken", level="ERROR", error=type(error).__name__)
        finally:
            self._up.discard(connection)

    def _after(self, error: Exception, failed: int) -> float:
        """The pause after an attempt that gave no connection."""
        refused = isinstance(error, DingTalkError) and is_refusal(error)
        seconds = pause_after(failed, self._timing, self._random, refused=refused)
        # Only DingTalk's own sentence: others may hold the address with its ticket.
        told = str(error) if isinstance(error, DingTalkError) else type(error).__name__
        if refused:
            self.figures.refused += 1
        else:
            self.figures.failed += 1
        self._log(
            "stream_refused" if refused else "stream_unreachable",
            level="ERROR",
            client_id=self._app.client_id,
            error=told,
            again_in_seconds=round(seconds),
        )
        return seconds

    async def _pause(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._stopping.wait()


@asynccontextmanager
async def connected(client: StreamClient) -> AsyncIterator[StreamClient]:
    """Run a client beside what is done meanwhile, and stop it in the end."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.run)
        try:
            yield client
        finally:
            client.stop()
