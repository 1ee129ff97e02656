"""The faults this host can be told to have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.faults import FaultBoard

DELIVER_TWICE = "function_compute.deliver_twice"
DELIVER_ELSEWHERE = "function_compute.deliver_elsewhere"
KILL_BEFORE = "function_compute.kill_before"
KILL_DURING = "function_compute.kill_during"
FREEZE_DURING = "function_compute.freeze_during"
SLOW_START = "function_compute.slow_start"
THROTTLE = "function_compute.throttle"
AWAY = "function_compute.away"

DEFAULT_KILL_SECONDS = 0.5
DEFAULT_FREEZE_SECONDS = 5.0
DEFAULT_START_SECONDS = 3.0

#: A frozen instance is stopped at a random moment within this many seconds after the invocation began.
FREEZE_WITHIN_SECONDS = 1.0

_HELP = {
    DELIVER_TWICE: "An async invocation is delivered a second time, at the same moment.",
    DELIVER_ELSEWHERE: "An async invocation is delivered a second time, to another instance than the first; "
    "value: seconds later, 0 by default.",
    FREEZE_DURING: "The instance stands still (SIGSTOP, later SIGCONT) with an async invocation in flight, "
    f"as on a machine that has no CPU left; value: seconds, {DEFAULT_FREEZE_SECONDS} by default.",
    KILL_BEFORE: "The instance is killed (kill -9) just before it takes an async invocation.",
    KILL_DURING: f"The instance is killed (kill -9) while it works on an async invocation; "
    f"value: seconds after the start, {DEFAULT_KILL_SECONDS} by default.",
    SLOW_START: f"A new instance takes longer to start; value: seconds, {DEFAULT_START_SECONDS} by default.",
    THROTTLE: "InvokeFunction answers 429.",
    AWAY: "InvokeFunction and GetFunction answer 503.",
}


def declare(faults: FaultBoard) -> None:
    """Make them known to the board."""
    for name, help_text in _HELP.items():
        faults.declare(name, help_text)


def take_seconds(faults: FaultBoard, name: str, default: float) -> float | None:
    """The fault's value if it strikes now; `default` when it has none that is a number of seconds."""
    value = faults.take(name)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return default
    return seconds if math.isfinite(seconds) and seconds >= 0 else default
