"""Running one of the programs against the other side."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from tests.bench.load.other_side import OtherSide
from tests.bench.load.running import WARM_UP, Taken
from tests.bench.table import quantile
from tests.contract.storage.store import INSTANCE, KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: All answers begin within this, in seconds: a burst.
BURST = 2.0


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one program made of many answers, in milliseconds; CPU is that of its process.

    final_p99: from the model's last piece to the final frame; first_p99: from its first one to the first.
    """

    answers: int
    cpu_each: float
    final_p50: float
    final_p99: float
    first_p99: float
    lag_p99: float
    lag_most: float
    peak_mb: float
    lost: int


@asynccontextmanager
async def store() -> AsyncIterator[dict[str, str]]:
    """The environment that leads to a Tablestore, while it runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load.store", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        yield {
            "TABLESTORE_ENDPOINT": url,
            "TABLESTORE_INSTANCE": INSTANCE,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY[0],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY[1],
        }
    finally:
        process.kill()
        await process.wait()


async def measure(
    command: list[str],
    answers: int,
    environ: dict[str, str],
    side: OtherSide | None = None,
    *,
    spread: float = BURST,
) -> Load:
    """Run the program for that many answers, which begin within `spread` seconds.

    Raises:
        RuntimeError: it failed.
    """
    side = side or OtherSide()
    await side.start()
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                **environ,
                "OTHER_SIDE": side.url,
                "ANSWERS": str(answers),
                "SPREAD": str(spread),
            },
        )
        printed, _ = await process.communicate()
    finally:
        side.stop()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    taken = msgspec.json.decode(printed.splitlines()[-1], type=Taken)
    seen = [one for name, one in side.seen.items() if not name.endswith(WARM_UP)]
    finals = [1000 * (one.final_frame - one.last_piece) for one in seen if one.final_frame]
    firsts = [1000 * (one.first_frame - one.first_piece) for one in seen if one.first_frame]
    return Load(
        answers=answers,
        cpu_each=1000 * taken.cpu / answers,
        final_p50=quantile(finals, 0.5),
        final_p99=quantile(finals, 0.99),
        first_p99=quantile(firsts, 0.99),
        lag_p99=1000 * quantile(taken.lag, 0.99),
        lag_most=1000 * max(taken.lag),
        peak_mb=taken.peak_mb,
        lost=answers - len(finals),
    )


FLOOR = [sys.executable, "-m", "tests.bench.load.floor"]
OURS = [sys.executable, "-m", "tests.bench.load.ours"]
