"""What DingTalk's API may cost: every call of an answer is let through here, and counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.answering.lane import Lane
from rag_on_dingtalk.answering.month import Month, Uncounted
from rag_on_dingtalk.answering.pacing import CARD_CALLS, Level, Mode, frames_ahead, mode_at
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.answering.month import Allotment
    from rag_on_dingtalk.config import Budget
    from rag_on_dingtalk.state.counters import CallCounter
    from rag_on_dingtalk.telemetry.lines import LogLine

#: The API that frames go to, and the last one of a card.
STREAMING_API = "PUT /v1.0/card/streaming"
#: What people send along, and what answers bring along.
_FILE_APIS = frozenset(("POST /v1.0/robot/messageFiles/download", "POST /media/upload"))
#: Our codes for calls that were not sent; they are no refusals of DingTalk's.
USED_UP = "month_used_up"
HELD_BACK = "held_back"
#: Like DingTalk's own limits; above all, the call has certainly not happened.
_REFUSED = 403


class CallBudget:
    """The budget of one app, as far as one process is concerned; shared by all bots with the same Client ID.

    counter: the month, shared by all processes; None with `monthly_calls: null`.
    clock: milliseconds since the epoch.
    sleep: seconds.
    """

    def __init__(
        self,
        settings: Budget,
        counter: CallCounter | None,
        *,
        clock: Callable[[], int],
        log: LogLine,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self.allotment: Allotment = Uncounted(settings)
        if counter is not None and settings.monthly_calls is not None:
            self.allotment = Month(
                counter,
                limit=settings.monthly_calls,
                per_second=settings.calls_per_second,
                clock=clock,
                log=log,
            )
        self._clock = clock
        self._sleep = sleep
        self._lanes: dict[str, Lane] = {}
        self._spending: set[Allowance] = set()

    @property
    def level(self) -> Level:
        """How much of the month is spent, as far as this process knows."""
        return self.allotment.level

    def allowance(self) -> Allowance:
        """For one answer; to be closed with it."""
        return Allowance(self)

    def lane(self, api: str) -> Lane:
        """DingTalk limits each API by itself."""
        if api not in self._lanes:
            self._lanes[api] = Lane(
                self.allotment,
                longest=self.settings.calls_per_second,
                clock=self._clock,
                sleep=self._sleep,
            )
        return self._lanes[api]

    def begin(self, allowance: Allowance) -> None:
        """From now on it may hold calls of the month."""
        self._spending.add(allowance)

    async def end(self, allowance: Allowance) -> None:
        """It holds none any more; the last one gives back what is left."""
        if allowance in self._spending:
            self._spending.remove(allowance)
            if not self._spending:
                await self.allotment.give_back()


class Allowance:
    """What one answer may spend; the gate that its calls go through.

    calls: sent so far and counted by DingTalk, retries included.
    """

    def __init__(self, budget: CallBudget) -> None:
        self._budget = budget
        self._allotment = budget.allotment
        self._set_aside = 0
        self._month = ""
        self._may_show = False
        self.calls = 0

    @property
    def level(self) -> Level:
        """How much of the month is spent; from THRIFTY on, what is merely nice is left out."""
        return self._allotment.level

    def mode(self, wanted: Mode) -> Mode:
        """The mode the month leaves; it may change while the answer grows."""
        return mode_at(self._allotment.level, wanted)

    async def for_card(self, wanted: Mode) -> bool:
        """Set calls aside to create a card and to close it; False: the reply has to go out without one.

        wanted: the bot's mode, to reserve what its frames will cost in the same request.
        """
        return await self._take(CARD_CALLS, ahead=frames_ahead(self.mode(wanted)))

    async def for_frame(self, wanted: Mode) -> bool:
        """Wait until the next frame may be sent; False: there is none left for it."""
        mode = self.mode(wanted)
        if mode == "final" or not await self._take(1, ahead=frames_ahead(mode)):
            return False
        await self._budget.lane(STREAMING_API).spare()
        self._may_show = True
        return True

    async def enter(self, api: str, *, patient: bool) -> None:
        """Wait until the call may be sent, and count it.

        patient: it must be made; otherwise it is one that waits for nothing, such as a frame.

        Raises:
            DingTalkError: USED_UP, the month has no call left for it; HELD_BACK, there is no room just now.
        """
        # What is set aside is for the card's last frame, and what is kept back for words; an unfinished frame
        # brings its own call.
        for_words = api not in _FILE_APIS
        provided = for_words and (self._calls_set_aside() > 0 if patient else self._may_show)
        if not provided and not await self._take(1, essential=patient and for_words):
            raise DingTalkError(
                USED_UP, f"{api} was not sent: the app's calls of this month are spent.", status=_REFUSED
            )
        # In nobody else's hands while it waits.
        self._set_aside -= 1
        month = self._month
        sent = False
        try:
            lane = self._budget.lane(api)
            if patient:
                await lane.urgent()
            elif not self._may_show and not lane.spare_now():
                raise DingTalkError(
                    HELD_BACK, f"{api} was not sent: other calls of this second come first.", status=_REFUSED
                )
            sent = True
        finally:
            # Pictures are brought while frames are sent: theirs is not the place that a frame waited for.
            self._may_show = self._may_show and patient
            if not sent and month == self._allotment.name:
                self._set_aside += 1
        self.calls += 1

    def not_counted(self, api: str) -> None:
        """DingTalk refused the call that was entered last for its rate, and does not count it."""
        self.calls -= 1
        if self._month == self._allotment.name:
            self._set_aside += 1
        self._budget.lane(api).pause()

    async def aclose(self) -> None:
        """The answer is out: what it did not spend is for the next one."""
        self._allotment.put_back(self._calls_set_aside())
        self._set_aside = 0
        await self._budget.end(self)

    async def _take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:
        self._budget.begin(self)
        if not await self._allotment.take(calls, ahead=ahead, essential=essential):
            return False
        self._set_aside = self._calls_set_aside() + calls
        return True

    def _calls_set_aside(self) -> int:
        """Those of a month that is over are no longer good."""
        month = self._allotment.name
        if month != self._month:
            self._month, self._set_aside = month, 0
        return self._set_aside
