"""A burst on a cold fleet: no callback instance is warm, and hundreds of people push in one moment.

DingTalk, the gateway, the queue and every instance share this machine, so the times are those of the machine.
What is to be read: no push is refused, and how the callback stands beside the least that a server can be.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from devserver.settings import ROOT
from tests.bench.table import print_table, quantile
from tests.cold_fleet import ANSWER, CALLBACK, cold_fleet, push_at_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cold_fleet import Pushed

SIZES = (1, 100, 500)


def report() -> None:
    with TemporaryDirectory() as folder:
        # Answers 200 and does nothing: what is left is the machine, the gateway and the start of Python.
        (Path(folder) / "app.py").write_text(ANSWER)
        programs = {
            "floor: http.server, which answers 200": Path(folder),
            "our callback": ROOT / "functions" / "callback",
        }
        rows = [asyncio.run(_row(name, code, size)) for size in SIZES for name, code in programs.items()]
    print_table(
        "A burst on a cold fleet: from a push until its answer",
        ("pushes", "callback", "refused", "queued", "instances", "p50, ms", "p95, ms", "last, ms"),
        rows,
    )


async def _row(name: str, code: Path, size: int) -> Sequence[str]:
    with TemporaryDirectory() as folder:
        async with cold_fleet(Path(folder), code) as host:
            pushed = await push_at_once(host, [f"msgBench{number:03}==" for number in range(size)])
            queued, instances = len(host.tasks()), sum(one.function == CALLBACK for one in host.instances())
    return _cells(name, pushed, queued, instances)


def _cells(name: str, pushed: Sequence[Pushed], queued: int, instances: int) -> Sequence[str]:
    times = [one.ms for one in pushed]
    refused = sum(one.status != 200 for one in pushed)
    spread = (quantile(times, 0.5), quantile(times, 0.95), max(times))
    return (
        f"{len(pushed)}",
        name,
        f"{refused}",
        f"{queued}",
        f"{instances}",
        *(f"{ms:.0f}" for ms in spread),
    )
