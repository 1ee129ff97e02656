"""The calls of one answer: each is let through here and counted.

The one verb is `async with reservation.reserve(api, priority)`: exactly one call is sent inside the block.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.pacing import CARD_CALLS, frames_ahead, mode_at
from rag_on_dingtalk.dingtalk.cards.ai_card import CREATE_API
from rag_on_dingtalk.dingtalk.openapi.call_gate import (
    HELD_BACK,
    USED_UP,
    Priority,
    is_counted,
    not_sent,
)
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.delivery.fence import Fence
    from rag_on_dingtalk.delivery.pacing import Level, Mode
    from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
    from rag_on_dingtalk.delivery.quota.rate_limiter import Place, RateLimiter


class CallReservation:
    """What one answer may spend; the gate that its calls go through.

    calls: sent so far and counted by DingTalk, retries included.
    set_aside_in: the month in which an earlier invocation set aside the call that closes the card.
    """

    def __init__(self, quota: DingTalkQuota, fence: Fence | None, mode: Mode, set_aside_in: str = "") -> None:
        self._quota = quota
        self._fence = fence
        self._wanted: Mode = mode
        self._month = quota.month
        self._set_aside = 1 if set_aside_in else 0
        self._set_aside_in = set_aside_in
        self._card_since: int | None = None
        self.calls = 0

    @property
    def level(self) -> Level:
        """How much of the month is spent; from THRIFTY on, EXTRA calls are left out."""
        return self._month.level

    @property
    def mode(self) -> Mode:
        """The mode the month leaves; it may change while the answer grows."""
        return mode_at(self._month.level, self._wanted)

    async def for_card(self) -> bool:
        """Set calls aside to create a card and to close it; False: the reply has to go out without one.

        The calls of the first frames are reserved in the same request.
        """
        return await self._take(CARD_CALLS, ahead=frames_ahead(self.mode))

    @asynccontextmanager
    async def reserve(self, api: str, priority: Priority) -> AsyncIterator[None]:
        """Wait until the call may be sent; it is counted unless DingTalk says that it does not count.

        api: method and path; DingTalk limits each by itself.

        Raises:
            DingTalkError: USED_UP, the month has no call left for it; HELD_BACK, a note found no
                free place, or a note or a frame no confirmed lease of its turn.
        """
        if not await self._provide(api, priority):
            raise not_sent(USED_UP, f"{api} was not sent: the app's calls of this month are spent.")
        # Deducted before waiting, so that no concurrent call uses it.
        self._set_aside -= 1
        month = self._set_aside_in
        limiter = self._quota.limiter(api)
        counted = False
        try:
            place = await self._place(limiter, api, priority)
            counted = True
            self.calls += 1
            try:
                yield
                limiter.answered(place)
            except DingTalkError as error:
                counted = is_counted(error)
                self.calls -= not counted
                if error.never_left:
                    limiter.give_back(place)
                elif error.status:
                    limiter.answered(place)
                if not counted and error.throttled:
                    limiter.pause()
                raise
        finally:
            if not counted and month == self._month.name:
                self._set_aside += 1

    def leave_one(self) -> str:
        """Leave the call that closes the card to a later invocation; returns `set_aside_in` for that one.

        It stays counted. Were it given back, other answers could spend it, and the card would stay open.
        """
        if self._calls_set_aside() < 1:
            return ""
        self._set_aside -= 1
        return self._set_aside_in

    async def aclose(self) -> None:
        """The answer is out: what it did not spend is for the next one."""
        self._month.put_back(self._calls_set_aside())
        self._set_aside = 0
        await self._quota.end(self)

    async def _provide(self, api: str, priority: Priority) -> bool:
        """Whether a call is set aside for this priority; takes one of the month if need be."""
        if priority is Priority.FRAME:
            mode = self.mode
            return mode != "final" and await self._take(1, ahead=frames_ahead(mode))
        if priority in (Priority.EXTRA, Priority.NICE):
            return await self._take(1)
        set_aside = self._calls_set_aside()
        creates = api == CREATE_API and set_aside > 0
        # One of the calls set aside closes the card. Another attempt to create it must leave that one:
        # the first attempt may have created it. So must the buttons, which come before the last frame.
        kept = 1 if creates or priority is Priority.OFFER else 0
        # Those the month keeps back are for messages and open cards.
        return set_aside > kept or await self._take(1, essential=not creates)

    async def _place(self, limiter: RateLimiter, api: str, priority: Priority) -> Place:
        """A place in the second, taken while the fence is open.

        Raises:
            DingTalkError: HELD_BACK, see `reserve`.
        """
        fence, worthless_later = self._fence, priority in (Priority.FRAME, Priority.NICE)
        while True:
            if fence is not None and not worthless_later:
                await fence.opened()
            if priority is Priority.NICE:
                place = limiter.try_acquire()
            elif priority is Priority.CARD:
                place = await self._place_of_card(limiter)
            else:
                place = await limiter.acquire(priority)
            if place is None:
                raise not_sent(HELD_BACK, f"{api} was not sent: other calls of this second come first.")
            if fence is None or fence.is_open:
                return place
            # Its second would be over before the call leaves.
            limiter.give_back(place)
            if worthless_later:
                raise not_sent(HELD_BACK, f"{api} was not sent: the turn's lease is not confirmed.")

    async def _place_of_card(self, limiter: RateLimiter) -> Place | None:
        """A place for a card, unless that takes too long."""
        now_ms, longest = self._quota.now_ms(), self._quota.settings.card_wait_seconds
        since_ms = self._card_since = now_ms if self._card_since is None else self._card_since
        if longest is None:
            return await limiter.acquire(Priority.CARD, since_ms=since_ms)
        until_ms = now_ms + longest * 1000
        if now_ms + limiter.expected_ms >= until_ms:
            return None
        return await limiter.acquire(Priority.CARD, since_ms=since_ms, until_ms=until_ms)

    async def _take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:
        self._quota.begin(self)
        if not await self._month.take(calls, ahead=ahead, essential=essential):
            return False
        self._set_aside = self._calls_set_aside() + calls
        return True

    def _calls_set_aside(self) -> int:
        """Those of a month that is over are no longer good."""
        month = self._month.name
        if month != self._set_aside_in:
            self._set_aside_in, self._set_aside = month, 0
        return self._set_aside
