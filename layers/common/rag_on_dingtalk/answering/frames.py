"""The unfinished answer on its way to the card: one frame in flight, the newest text wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from rag_on_dingtalk.answering.pacing import next_frame_due
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from rag_on_dingtalk.answering.pacing import Mode
    from rag_on_dingtalk.telemetry.lines import LogLine

#: After this many refused frames in a row the rest of the answer waits for the final one.
_MAX_REFUSALS = 3


class Allowance(Protocol):
    """What the frames of one answer may cost; see `answering/budget.py`."""

    def mode(self, wanted: Mode) -> Mode:
        """The mode that the month leaves."""
        ...

    async def for_frame(self, wanted: Mode) -> bool:
        """Wait until a frame may be sent; False: no more of them."""
        ...


class FrameStream:
    """Shows the growing text at the pace of `mode`, or a thriftier one.

    ready: completes with whether there is a card to write on.
    show: sends one frame, raises DingTalkError.
    mode: the bot's; the allowance may fall below it while the answer grows.
    clock: milliseconds.
    spent: frames the card has had already; they count.
    sleep: seconds.
    """

    def __init__(
        self,
        *,
        ready: Awaitable[bool],
        show: Callable[[str], Awaitable[None]],
        mode: Mode,
        allowance: Allowance,
        clock: Callable[[], int],
        log: LogLine,
        spent: int = 0,
        sleep: Callable[[float], Coroutine[None, None, None]] = asyncio.sleep,
    ) -> None:
        self._show = show
        self._mode: Mode = mode
        self._allowance = allowance
        self._clock = clock
        self._log = log
        self._sleep = sleep
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
            if not await self._unless_closing(self._may_show(first_ms, last_ms)):
                return
            # Now, not when it was due: the newest text is the one worth its call.
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

    async def _may_show(self, first_ms: int, last_ms: int) -> bool:
        mode = self._allowance.mode(self._mode)
        due = next_frame_due(mode, sent=self.sent, first_ms=first_ms, last_ms=last_ms)
        if due is None:
            return False
        wait = (due - self._clock()) / 1000
        if wait > 0:
            await self._sleep(wait)
        return await self._allowance.for_frame(self._mode)

    async def _unless_closing(self, waiting: Coroutine[None, None, bool]) -> bool:
        """What `waiting` comes to; False as soon as nothing more is to be sent."""
        tasks = asyncio.ensure_future(waiting), asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return not self._closing.is_set() and tasks[0].result()
