"""Fires the timer triggers at their times."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from emulators.function_compute.timers.timer import Schedule, parse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emulators.function_compute.description.s_yaml import Function, TimerTrigger

    Fire = Callable[[Function, TimerTrigger, datetime], None]


class TimerSchedule:
    """One background task for every enabled timer."""

    def __init__(
        self,
        fire: Fire,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._fire = fire
        self._now = now
        self._sleep = sleep
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, function: Function) -> None:
        """Follow the timers of a function.

        Raises:
            CronError: a schedule is not understood.
        """
        for trigger in function.timers:
            schedule = parse(trigger.trigger_config.cron_expression)
            if trigger.trigger_config.enable:
                self._tasks.append(asyncio.create_task(self._follow(function, trigger, schedule)))

    async def stop(self) -> None:
        """Fire no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, function: Function, trigger: TimerTrigger, schedule: Schedule) -> None:
        moment = self._now()
        while True:
            # After a laptop's sleep the missed firings are not made up for.
            moment = schedule.next_after(max(moment, self._now()))
            await self._sleep((moment - self._now()).total_seconds())
            self._fire(function, trigger, moment)
