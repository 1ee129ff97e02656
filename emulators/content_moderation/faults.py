"""The ways the moderation service can misbehave here, as they are listed to the person at the switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.faults import FaultBoard

AWAY = "moderation.away"
BUSY = "moderation.busy"
REFUSED = "moderation.refused"
SLOW = "moderation.slow"
THROTTLE = "moderation.throttle"

#: Seconds an answer waits when `moderation.slow` is switched on without a value.
SLOW_BY_DEFAULT = 3.0

_HELP = {
    AWAY: "The moderation service closes the connection without an answer.",
    BUSY: "The moderation service answers 503.",
    REFUSED: "The moderation service answers HTTP 200 with the code 408 inside: no permission.",
    SLOW: f"The moderation service answers late; value: seconds ({SLOW_BY_DEFAULT:g} if not given).",
    THROTTLE: "The moderation service answers 400 Throttling.User.",
}


def declare(faults: FaultBoard) -> None:
    """Make them known to the board."""
    for name, help_text in _HELP.items():
        faults.declare(name, help_text)
