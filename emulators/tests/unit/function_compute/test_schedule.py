"""Timers follow their schedule."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest

from emulators.function_compute.description.s_yaml import Function
from emulators.function_compute.timers.schedule import TimerSchedule
from emulators.function_compute.timers.timer import CronError

if TYPE_CHECKING:
    from emulators.function_compute.description.s_yaml import TimerTrigger

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=timezone.utc)


class Clock:
    """Time passes only while a caller sleeps."""

    def __init__(self, *, oversleeping: float = 0.0) -> None:
        self.now = NOON
        self.oversleeping = oversleeping

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds + self.oversleeping)
        await asyncio.sleep(0)


def function_with(cron: str, *, enable: bool = True) -> Function:
    config = {"cronExpression": cron, "enable": enable}
    props = {
        "functionName": "f",
        "region": "cn-hangzhou",
        "runtime": "python3.12",
        "handler": "index.handler",
        "code": "c",
        "triggers": [{"triggerName": "t", "triggerType": "timer", "triggerConfig": config}],
    }
    return msgspec.convert(props, Function)


async def firings(function: Function, clock: Clock, count: int) -> list[datetime]:
    """The first `count` moments at which the function's timer fires."""
    fired: list[datetime] = []
    enough = asyncio.Event()

    def fire(_function: Function, _trigger: TimerTrigger, moment: datetime) -> None:
        fired.append(moment)
        if len(fired) == count:
            enough.set()

    schedule = TimerSchedule(fire, now=lambda: clock.now, sleep=clock.sleep)
    schedule.start(function)
    await enough.wait()
    await schedule.stop()
    return fired[:count]


async def test_a_timer_fires_at_its_times() -> None:
    assert await firings(function_with("0 30 * * * *"), Clock(), 3) == [
        NOON + timedelta(minutes=30 + 60 * hour) for hour in range(3)
    ]


async def test_what_was_missed_while_the_machine_slept_is_not_made_up_for() -> None:
    first, second = await firings(function_with("0 0 * * * *"), Clock(oversleeping=3 * 3600), 2)

    assert (first, second) == (NOON + timedelta(hours=1), NOON + timedelta(hours=5))


async def test_a_disabled_timer_does_not_fire() -> None:
    schedule = TimerSchedule(lambda *_: pytest.fail("fired"), sleep=lambda _: asyncio.sleep(0))
    schedule.start(function_with("@every 1s", enable=False))
    await asyncio.sleep(0)
    await schedule.stop()


def test_a_schedule_that_is_not_understood_is_refused_even_when_disabled() -> None:
    with pytest.raises(CronError):
        TimerSchedule(lambda *_: None).start(function_with("hourly", enable=False))
