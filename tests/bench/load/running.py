"""What both programs do: warm up, answer many questions at once, tell what that took."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

#: The name of the answer before those that are measured.
WARM_UP = "warm-up"
#: How often the loop is looked at, in seconds.
_LOOK = 0.02


class Taken(msgspec.Struct):
    """By one process for all answers.

    cpu: seconds. lag: how late the event loop was, in seconds, sorted. peak_mb: of memory.
    """

    cpu: float
    wall: float
    lag: list[float]
    peak_mb: float


async def run(answer: Callable[[str], Awaitable[None]]) -> None:
    """Answer `ANSWERS` questions that come within `SPREAD` seconds; prints Taken as JSON."""
    answers, spread = int(os.environ["ANSWERS"]), float(os.environ["SPREAD"])
    await answer(WARM_UP)
    lag: list[float] = []
    watching = asyncio.create_task(_watch(lag))
    cpu, wall = time.process_time(), time.monotonic()

    async def later(number: int) -> None:
        await asyncio.sleep(spread * number / answers)
        await answer(f"a{number}")

    await asyncio.gather(*(later(number) for number in range(answers)))
    taken = Taken(time.process_time() - cpu, time.monotonic() - wall, sorted(lag), 0.0)
    taken.peak_mb = _peak_mb()
    watching.cancel()
    print(msgspec.json.encode(taken).decode(), flush=True)


def _peak_mb() -> float:
    """The most memory this program has had; the other figure of Linux begins with its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text(encoding="utf-8").splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _watch(lag: list[float]) -> None:
    for _ in count():
        before = time.monotonic()
        await asyncio.sleep(_LOOK)
        lag.append(time.monotonic() - before - _LOOK)
