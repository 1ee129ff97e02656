"""The unfinished answer on its way to the card: one frame in flight, the newest text wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import anyio

from rag_on_dingtalk.delivery.pacing import next_frame_due
from rag_on_dingtalk.dingtalk.openapi.call_gate import HELD_BACK, USED_UP, not_sent
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from rag_on_dingtalk.delivery.pacing import Mode
    from rag_on_dingtalk.observability.log_lines import LogLine

#: After this many refused frames in a row the rest of the answer waits for the final one.
_MAX_REFUSALS = 3


class FramePace(Protocol):
    """How often the frames of one answer may be sent; see `delivery/quota/reservation.py`."""

    @property
    def mode(self) -> Mode:
        """The bot's mode, or a thriftier one that the month leaves; it may change while the answer grows."""
        ...


class CardStream:
    """Shows the growing text at the pace of the mode.

    opened: whether there is a card to write on; creates it if need be.
    show: waits until a frame may be sent, asks its argument for the text, sends it; raises DingTalkError.
    clock: milliseconds.
    spent: frames the card has had already; they count.
    sleep: seconds.
    """

    def __init__(
        self,
        *,
        opened: Callable[[], Awaitable[bool]],
        show: Callable[[Callable[[], str]], Awaitable[None]],
        pace: FramePace,
        clock: Callable[[], int],
        log: LogLine,
        spent: int = 0,
        sleep: Callable[[float], Coroutine[None, None, None]] = asyncio.sleep,
    ) -> None:
        self._opened = opened
        self._show = show
        self._pace = pace
        self._clock = clock
        self._log = log
        self._sleep = sleep
        self._text: Callable[[], str] = str
        self._leaving = ""
        self._shown = ""
        self._waiting = anyio.CancelScope()
        self._in_flight = False
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self.sent = spent
        self.first_frame_ms = -1
        self._ended = asyncio.Event()

    def update(self, text: str) -> None:
        """This is the text now; it is shown when a frame is due."""
        self.changed(lambda: text)

    def changed(self, text: Callable[[], str]) -> None:
        """The text may have changed; it is asked for when a frame is due, because most pieces have none."""
        self._text = text
        self._changed.set()

    async def stop(self) -> None:
        """Send no further frame; returns when none is in flight, so that the final one comes last."""
        self._closing.set()
        self._changed.set()
        if not self._in_flight:
            self._waiting.cancel()
        await self._ended.wait()

    async def run(self) -> None:
        """Open the card and show frames until `stop` is called; to run beside what calls `update`.

        Raises:
            LostClaimError, StateError: as for opening the card.
        """
        try:
            if await self._opened():
                await self._send_frames()
        finally:
            self._ended.set()

    async def _send_frames(self) -> None:
        first_ms = last_ms = -1
        refusals = 0
        while not self._closing.is_set() and refusals < _MAX_REFUSALS:
            await self._changed.wait()
            self._changed.clear()
            if self._text() == self._shown:
                continue
            if first_ms < 0:
                first_ms = self._clock()
            with anyio.CancelScope() as self._waiting:
                if not await self._due(first_ms, last_ms):
                    return
                try:
                    await self._show(self._newest)
                except DingTalkError as error:
                    if not self._in_flight and (error.code == USED_UP or self._closing.is_set()):
                        return
                    refusals += 1
                    self._log("frame_refused", level="WARNING", code=error.code, error=str(error))
                else:
                    refusals = 0
                    self._shown = self._leaving
                    if self.first_frame_ms < 0:
                        self.first_frame_ms = self._clock()
                self._in_flight = False
                self.sent += 1
                last_ms = self._clock()

    async def _due(self, first_ms: int, last_ms: int) -> bool:
        """Wait until the next frame is due; False: there is none."""
        due = next_frame_due(self._pace.mode, sent=self.sent, first_ms=first_ms, last_ms=last_ms)
        if due is None:
            return False
        wait = (due - self._clock()) / 1000
        if wait > 0:
            await self._sleep(wait)
        return True

    def _newest(self) -> str:
        """The text as the frame leaves; from now on the frame is in flight and `stop` waits for it.

        Raises:
            DingTalkError: HELD_BACK, the answer was finished while the frame waited.
        """
        if self._closing.is_set():
            raise not_sent(HELD_BACK, "the frame was not sent: the final one follows")
        self._in_flight = True
        # Now, not when it was due: the newest text is the one worth its call.
        self._leaving = self._text()
        return self._leaving
