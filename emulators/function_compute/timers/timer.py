"""When a timer trigger fires, and with what event. Pure.

`@every 5m`, or six cron fields (second minute hour day-of-month month day-of-week, UTC), optionally after
`CRON_TZ=<zone> `. Source: Function Compute, "Time triggers" (functioncompute/fc/user-guide/time-triggers).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

_EVERY = re.compile(r"@every\s+(\d+)\s*([smh])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600}
_ZONE = re.compile(r"(?:CRON_TZ|TZ)=(\S+)\s+(.*)")
_STEP = re.compile(r"(?P<range>\*|\?|(?P<first>\d+)(?:-(?P<last>\d+))?)(?:/(?P<step>[1-9]\d*))?")
_FIELDS = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 6),
)
_DAY_OF_MONTH, _MONTH, _DAY_OF_WEEK = 3, 4, 5
#: 29 February may be eight years away.
_HORIZON_DAYS = 366 * 8


class CronError(ValueError):
    """Raised for an expression this host cannot follow."""


class Schedule(msgspec.Struct, frozen=True):
    """When a timer fires: every `every` seconds, or at the times the six fields allow."""

    every: int = 0
    fields: tuple[frozenset[int], ...] = ()
    zone: str = "UTC"

    def next_after(self, moment: datetime) -> datetime:
        """The first firing later than `moment` (aware); in UTC.

        Raises:
            CronError: no date satisfies the fields, such as 30 February.
        """
        if self.every:
            return moment.astimezone(timezone.utc) + timedelta(seconds=self.every)
        zone = ZoneInfo(self.zone)
        candidate = moment.astimezone(zone).replace(microsecond=0)
        for offset in range(_HORIZON_DAYS):
            day = (candidate + timedelta(days=offset)).date()
            if not self._allows_day(day.month, day.day, day.isoweekday() % 7):
                continue
            for hour in sorted(self.fields[2]):
                for minute in sorted(self.fields[1]):
                    for second in sorted(self.fields[0]):
                        local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
                        at = local.astimezone(timezone.utc)
                        # A time the clocks skip in spring does not exist, so nothing fires.
                        if at > moment and at.astimezone(zone).replace(tzinfo=None) == local.replace(
                            tzinfo=None
                        ):
                            return at
        raise CronError("No date satisfies the cron expression. Check its day and month.")

    def _allows_day(self, month: int, day: int, weekday: int) -> bool:
        return (
            month in self.fields[_MONTH]
            and day in self.fields[_DAY_OF_MONTH]
            and weekday in self.fields[_DAY_OF_WEEK]
        )


def parse(expression: str) -> Schedule:
    """Read a timer trigger's cronExpression.

    Raises:
        CronError: says which part is not understood.
    """
    text = expression.strip()
    if every := _EVERY.fullmatch(text):
        seconds = int(every[1]) * _UNIT_SECONDS[every[2]]
        if not seconds:
            raise CronError(f"{expression!r} never ends firing. Use at least @every 1s.")
        return Schedule(every=seconds)
    zone, cron = "UTC", text
    if zoned := _ZONE.fullmatch(text):
        zone, cron = zoned[1], zoned[2]
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CronError(
            f"{zone!r} is not a time zone this machine knows. Use one like Asia/Shanghai."
        ) from error
    parts = cron.split()
    if len(parts) != len(_FIELDS):
        raise CronError(
            f"{expression!r} has {len(parts)} fields. "
            "Use six (second minute hour day month weekday) or @every 5m."
        )
    fields = tuple(_field(part, *limits) for part, limits in zip(parts, _FIELDS, strict=True))
    if parts[_DAY_OF_MONTH] not in "*?" and parts[_DAY_OF_WEEK] not in "*?":
        raise CronError(f"{expression!r} restricts day of month and day of week. Restrict one of them.")
    return Schedule(fields=fields, zone=zone)


def _field(text: str, name: str, low: int, high: int) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        match = _STEP.fullmatch(part)
        if not match:
            raise CronError(
                f"{text!r} is not a {name} this host understands. Use numbers, *, a-b, a,b or */n."
            )
        first, last = low, high
        if match["first"]:
            first = int(match["first"])
            last = int(match["last"]) if match["last"] else (high if match["step"] else first)
        if not low <= first <= last <= high:
            raise CronError(f"{text!r} is outside the {name}'s range {low}-{high}.")
        values.update(range(first, last + 1, int(match["step"] or 1)))
    return frozenset(values)


def timer_event(*, trigger_name: str, payload: str, moment: datetime) -> bytes:
    """The bytes a function receives from its timer."""
    return msgspec.json.encode(
        {
            "triggerTime": moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "triggerName": trigger_name,
            "payload": payload,
        }
    )
