"""This machine's clock against the others'. Pure."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

SUBJECT = "clock"

#: A synchronised clock is within milliseconds; from 15 minutes on signed requests are refused.
_TOLERATED_SECONDS = 60.0


class Reading(msgspec.Struct, frozen=True):
    """What an answer says about the time.

    host: who answered.
    ahead: seconds this machine's clock is ahead of theirs, to about a second.
    """

    host: str
    ahead: float


def read(host: str, date: str, now: float) -> Reading | None:
    """The reading an HTTP `Date` header gives; None when it is no date.

    now: seconds since the epoch, by this machine's clock.
    """
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
    return Reading(host, now - theirs)


def judge(readings: Sequence[Reading]) -> Line:
    """The worst of them."""
    if not readings:
        return unchecked(SUBJECT, "no host answered with a date.")
    worst = max(readings, key=lambda reading: abs(reading.ahead))
    if abs(worst.ahead) <= _TOLERATED_SECONDS:
        return well(SUBJECT, f"This machine agrees with {', '.join(sorted({one.host for one in readings}))}.")
    which = "ahead of" if worst.ahead > 0 else "behind"
    return wrong(
        SUBJECT,
        f"This machine is {abs(worst.ahead):.0f} s {which} {worst.host}. Switch on time synchronisation: "
        "from 15 minutes on Function Compute and Tablestore refuse what is signed here.",
    )
