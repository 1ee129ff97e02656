"""The unfinished answer on its way to the card: one frame in flight, the newest text wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.answering.pacing import Mode, next_frame_due
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.telemetry.lines import LogLine

#: After this many refused frames in a row the rest of the answer waits for the final one.
_MAX_REFUSALS = 3


class FrameStream:
    """Shows the growing text at the pace of `mode`.

    ready: completes with whether there is a card to write on.
    show: sends one frame, raises DingTalkError.
    clock: milliseconds.
    spent: frames the card has had already; they count.
    """

    def __init__(
        self,
        *,
        ready: Awaitable[bool],
        show: Callable[[str], Awaitable[None]],
        mode: Mode,
        clock: Callable[[], int],
        log: LogLine,
        spent: int = 0,
    ) -> None:
        self._show = show
        self._mode = mode
        self._clock = clock
        self._log = log
        self._text = ""
        self._shown = ""
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self.sent = spent
        self.first_frame_ms = -1
        self._task = asyncio.create_task(self._run(ready))

    def update(self, text: str) -> None:
        """This is the text now; it is shown when a frame is due."""
        self._text = text
        self._changed.set()

    async def stop(self) -> None:
        """Send no further frame; returns when none is in flight, so that the final one comes last."""
        self._closing.set()
        self._changed.set()
        await self._task

    async def _run(self, ready: Awaitable[bool]) -> None:
        if not await ready:
            return
        first_ms = last_ms = -1
        refusals = 0
        while not self._closing.is_set() and refusals < _MAX_REFUSALS:
            await self._changed.wait()
            self._changed.clear()
            if self._text == self._shown:
                continue
            if first_ms < 0:
                first_ms = self._clock()
            due = next_frame_due(self._mode, sent=self.sent, first_ms=first_ms, last_ms=last_ms)
            if due is None or await self._closed_before(due):
                return
            text = self._text
            try:
                await self._show(text)
            except DingTalkError as error:
                refusals += 1
                self._log("frame_refused", level="WARNING", code=error.code, error=str(error))
            else:
                refusals = 0
                self._shown = text
                if self.first_frame_ms < 0:
                    self.first_frame_ms = self._clock()
            self.sent += 1
            last_ms = self._clock()

    async def _closed_before(self, due_ms: int) -> bool:
        wait = (due_ms - self._clock()) / 1000
        if wait <= 0:
            return self._closing.is_set()
        try:
            await asyncio.wait_for(self._closing.wait(), wait)
        except asyncio.TimeoutError:
            return False
        return True
