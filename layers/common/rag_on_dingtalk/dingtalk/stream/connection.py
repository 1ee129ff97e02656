"""One WebSocket: reads pushes, acknowledges them, and notices when it is no longer good.

A push is acknowledged on the connection it came by, and only after `handle` has returned.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
from websockets.exceptions import ConnectionClosed, WebSocketException

from rag_on_dingtalk.dingtalk.stream.frames import (
    BAD_REQUEST,
    EVENT,
    FAILED,
    NOT_FOUND,
    OK,
    ROBOT_TOPIC,
    SYSTEM,
    Ack,
    Push,
    UnreadableFrameError,
    encode_ack,
    read_frame,
)

if TYPE_CHECKING:
    from anyio.abc import TaskGroup
    from websockets.asyncio.client import ClientConnection

    from rag_on_dingtalk.dingtalk.stream.figures import Figures
    from rag_on_dingtalk.dingtalk.stream.timing import Timing
    from rag_on_dingtalk.observability.log_lines import LogLine

#: None: no acknowledgement, so that the push comes again.
Handle = Callable[[Push], Awaitable[Ack | None]]

#: Pushes that are being handled at the same time; above it nothing is read, and DingTalk waits.
MOST_IN_FLIGHT = 200


class Connection:
    """A connection that is up.

    handle: what is done with a push, within the time an acknowledgement may take; None: there is none.
    keep: seconds until it is replaced however well it is.
    clock: seconds that only move on; wall: seconds since the epoch.
    leaving: set once it must be replaced; `reason` says why, in one word.
    """

    def __init__(
        self,
        socket: ClientConnection,
        *,
        handle: Handle,
        timing: Timing,
        keep: float,
        figures: Figures,
        log: LogLine,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._socket = socket
        self._handle = handle
        self._timing = timing
        self._figures = figures
        self._log = log
        self._clock = clock
        self._wall = wall
        self._last_frame = clock()
        self._opened = clock()
        self._rotate_at = self._opened + keep
        self._in_flight = 0
        self._changed = anyio.Event()
        self._closed = anyio.Event()
        self.leaving = anyio.Event()
        self.reason = ""
        self._heard = False

    async def serve(self) -> None:
        """Read until it is closed, by either side."""
        self._figures.connected += 1
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch)
                try:
                    await self._read(tasks)
                finally:
                    self.leave("closed")
                    # What is being handled goes on to its end; only its acknowledgement has no way back.
                    await self._finished(self._timing.finish)
                    tasks.cancel_scope.cancel()
        finally:
            self._figures.connected -= 1
            self._closed.set()

    async def _read(self, tasks: TaskGroup) -> None:
        with suppress(ConnectionClosed):
            async for raw in self._socket:
                self._last_frame = self._figures.last_frame = self._clock()
                self._heard = True
                try:
                    push = read_frame(raw)
                except UnreadableFrameError as error:
                    self._log("stream_unreadable", level="WARNING", error=str(error))
                    continue
                if push.type == SYSTEM:
                    await self._answer_system(push)
                    continue
                self._figures.pushes[push.topic if push.type != EVENT else EVENT] += 1
                while self._in_flight >= MOST_IN_FLIGHT:
                    await self._changed.wait()
                self._in_flight += 1
                tasks.start_soon(self._answer, push)

    async def _answer_system(self, push: Push) -> None:
        if push.topic == "disconnect":
            # No answer is required; nothing comes by this connection any more.
            self.leave("disconnect")
            return
        await self._send(push, Ack(OK, push.data) if push.topic == "ping" else Ack(NOT_FOUND))

    async def _answer(self, push: Push) -> None:
        try:
            ack = await self._judged(push)
            if ack is not None:
                await self._send(push, ack)
        finally:
            self._in_flight -= 1
            self._changed.set()
            self._changed = anyio.Event()

    async def _judged(self, push: Push) -> Ack | None:
        if push.data is None:
            self._log("stream_unreadable", level="WARNING", error="the data of a push is not JSON")
            return Ack(BAD_REQUEST)
        try:
            return await self._handle(push)
        except Exception as error:  # noqa: BLE001 - one push must not end the connection for all others
            self._log("stream_failed", level="ERROR", topic=push.topic, error=type(error).__name__)
            # A message that is acknowledged as failed does not come again.
            if push.topic == ROBOT_TOPIC:
                return None
            return Ack(FAILED, {"status": "LATER"} if push.type == EVENT else None)

    async def _send(self, push: Push, ack: Ack) -> None:
        self._figures.acks[ack.code] += 1
        try:
            await self._socket.send(encode_ack(push, ack))
        except ConnectionClosed:
            # It will come again, and be recognised.
            self._figures.lost_acks += 1

    async def _watch(self) -> None:
        """Notice a peer that is silent, a machine that has slept, and old age."""
        apart = self._wall() - self._clock()
        while not self.leaving.is_set():
            await anyio.sleep(min(self._timing.look, self._timing.silence))
            now = self._clock()
            if abs(self._wall() - now - apart) > self._timing.clock_jump:
                self.leave("clock")
            elif now - self._last_frame > self._timing.silence:
                self.leave("silence")
            elif now > self._rotate_at:
                self.leave("rotation")

    def leave(self, reason: str = "stopped") -> None:
        """Note that it must be replaced, or is not wanted any more."""
        if not self.leaving.is_set():
            self.reason = reason
            self._figures.reasons[reason] += 1
            self.leaving.set()

    @property
    def was_of_use(self) -> bool:
        """DingTalk has sent something, and not only a moment ago that it ends."""
        return self._heard and self._clock() - self._opened >= self._timing.first_pause

    async def retire(self) -> None:
        """Let it end, now that another one is up."""
        if self.reason == "disconnect":
            with anyio.move_on_after(self._timing.drain):
                await self._closed.wait()
        await self.close()

    async def close(self) -> None:
        """Finish the acknowledgements that are under way, and close it."""
        self.leave()
        await self._finished(self._timing.finish)
        with suppress(WebSocketException, OSError), anyio.move_on_after(self._timing.finish):
            await self._socket.close()

    async def _finished(self, seconds: float) -> None:
        with anyio.move_on_after(seconds, shield=True):
            while self._in_flight:
                await self._changed.wait()
