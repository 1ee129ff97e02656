"""What befalls the instance that runs an asynchronous invocation, drawn from the faults that are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.function_compute.fault_kinds import (
    DEFAULT_FREEZE_SECONDS,
    DEFAULT_KILL_SECONDS,
    FREEZE_DURING,
    FREEZE_WITHIN_SECONDS,
    KILL_BEFORE,
    KILL_DURING,
    take_seconds,
)
from emulators.function_compute.pool import Mishap

if TYPE_CHECKING:
    from emulators.faults import FaultBoard


def mishap_drawn(faults: FaultBoard) -> Mishap:
    """Whether it is killed or frozen, and when."""
    if faults.strikes(KILL_BEFORE):
        return Mishap(kill_after=0.0)
    kill_after = take_seconds(faults, KILL_DURING, DEFAULT_KILL_SECONDS)
    stall_seconds = take_seconds(faults, FREEZE_DURING, DEFAULT_FREEZE_SECONDS)
    if stall_seconds is None:
        return Mishap(kill_after)
    stall_after = faults.random.uniform(0.0, FREEZE_WITHIN_SECONDS)
    return Mishap(kill_after, stall_after, stall_seconds)
