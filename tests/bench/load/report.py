"""Many answers in one process: the floor, ours and a peer in one run, as a table and as curves."""

from __future__ import annotations

import asyncio
import os
import shlex
from pathlib import Path

import msgspec

from tests.bench.load.curves import drawn
from tests.bench.load.measure import FLOOR, OURS, Load, measure, store
from tests.bench.load.other_side import OtherSide
from tests.bench.table import print_table

#: Answers in flight, and the least of them at which ratios are compared between runs.
SIZES = (20, 50, 100, 200, 400)
RATIO_FROM = 50
#: Characters of a piece: the second answer is ten times as long as the first.
LENGTHS = (5, 50, 500)
#: Answers of 10 s, and the time in which they begin one after another: 400 are in flight for half of it.
STEADY, STEADY_SECONDS = 800, 20.0
DRAWING = Path(__file__).parents[3] / "docs" / "in-flight.svg"
_HEAD = (
    "answers in flight",
    "program",
    "CPU an answer, ms",
    "× floor",
    "final frame p50 / p99, ms",
    "first frame p99, ms",
    "loop lag p99, ms",
    "memory, MB",
    "lost",
)


class Program(msgspec.Struct, frozen=True):
    """What is measured: its name, its command, and its environment."""

    name: str
    command: list[str]
    environ: dict[str, str] = {}


def peer() -> list[Program]:
    """The program in `PEER_DIR`, if there is one: its `bench_peer` file is one command line.

    The command runs in that folder. It is to do what `floor.py` does, in the same terms: the other side's
    address in `OTHER_SIDE`, how many answers in `ANSWERS` within `SPREAD` seconds; its last line is Taken.

    Raises:
        FileNotFoundError: there is no such file.
    """
    folder = os.environ.get("PEER_DIR", "")
    if not folder:
        return []
    command = shlex.split((Path(folder) / "bench_peer").read_text(encoding="utf-8"))
    return [Program(f"peer: {Path(folder).resolve().name}", ["env", "-C", folder, *command])]


async def _beside(programs: list[Program], size: int) -> list[Load]:
    return [await measure(one.command, size, one.environ) for one in programs]


async def report() -> dict[str, float]:
    """Print the tables, draw the curves; returns the ratios that a later run is compared by."""
    async with store() as environ:
        programs = [
            Program("floor: aiohttp alone", FLOOR),
            Program("ours, rows in memory", OURS, {"STORE": "memory"}),
            Program("ours, with Tablestore", OURS, environ),
            *peer(),
        ]
        loads = {size: await _beside(programs, size) for size in SIZES}
        steady = [await measure(one.command, STEADY, one.environ, spread=STEADY_SECONDS) for one in programs]
        lengths = [
            await measure(OURS, 10, {"STORE": "memory"}, OtherSide(seconds=10, pieces=20, characters=length))
            for length in LENGTHS
        ]
    names = [one.name for one in programs]
    print_table(
        "Answers of 10 s in flight in one process, 20 pieces a second, `live`, an API of 50 ms",
        _HEAD,
        [
            _row(size, name, load, of_size[0])
            for size, of_size in loads.items()
            for name, load in zip(names, of_size, strict=True)
        ],
    )
    print_table(
        f"{STEADY / STEADY_SECONDS:.0f} answers of 10 s begin each second, for {STEADY_SECONDS:.0f} s",
        _HEAD,
        [_row(400, name, load, steady[0]) for name, load in zip(names, steady, strict=True)],
    )
    print_table(
        "One answer against its length: ms of CPU, ten at once",
        ("characters", "CPU an answer", "most the loop was blocked"),
        [
            (f"{200 * length:,}".replace(",", " "), f"{load.cpu_each:.1f}", f"{load.lag_most:.0f}")
            for length, load in zip(LENGTHS, lengths, strict=True)
        ],
    )
    curves = {
        name: [(size, of_size[number].cpu_each) for size, of_size in loads.items()]
        for number, name in enumerate(names)
    }
    DRAWING.write_text(drawn(curves), encoding="utf-8")
    return {
        f"in flight {size}: {name}": of_size[number].cpu_each / of_size[0].cpu_each
        for size, of_size in loads.items()
        if size >= RATIO_FROM
        for number, name in enumerate(names)
        if name.startswith("ours")
    } | {"length: 100 000 to 10 000 characters": lengths[2].cpu_each / lengths[1].cpu_each}


def _row(size: int, name: str, load: Load, floor: Load) -> tuple[str, ...]:
    return (
        f"{size}",
        name,
        f"{load.cpu_each:.1f}",
        f"{load.cpu_each / floor.cpu_each:.2f}",
        f"{load.final_p50:.0f} / {load.final_p99:.0f}",
        f"{load.first_p99:.0f}",
        f"{load.lag_p99:.0f}",
        f"{load.peak_mb:.0f}",
        f"{load.lost}",
    )


if __name__ == "__main__":
    print(asyncio.run(report()))
