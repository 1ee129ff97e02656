"""Many schedules, over several processes."""

from __future__ import annotations

import gc
import itertools
import logging
import multiprocessing
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from devserver.simulation.plan.draw import draw_plan
from devserver.simulation.schedule import run
from devserver.simulation.scheduler.loop import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNK = 25
#: Schedules between two sweeps: one for each would take a third of the time.
_SWEEP_EVERY = 25
#: Chunks until a process is replaced. What a killed instance leaves behind is not all freed, and each sweep
#: walks over it: after 8 000 schedules three quarters of the time went there.
_CHUNKS_OF_A_PROCESS = 20
_runs = itertools.count(1)


@dataclass
class Summary:
    """What came of them.

    breaches, first_seeds: by recipe and kind of breach. failing: the seeds of schedules with a breach.
    """

    schedules: int = 0
    seconds: float = 0.0
    steps: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    breaches: Counter[str] = field(default_factory=Counter)
    first_seeds: Counter[str] = field(default_factory=Counter)
    failing: list[int] = field(default_factory=list)

    def add(self, other: Summary) -> None:
        """Take the figures of later schedules in."""
        self.schedules += other.schedules
        self.steps += other.steps
        self.outcomes += other.outcomes
        self.excused += other.excused
        self.breaches += other.breaches
        self.failing += other.failing
        for name, seed in other.first_seeds.items():
            self.first_seeds.setdefault(name, seed)


def run_many(
    first_seed: int,
    count: int,
    *,
    recipes: Sequence[str] = (),
    jobs: int = 0,
    until_breach: bool = False,
) -> Summary:
    """Run the schedules of `count` seeds from `first_seed` on.

    recipes: only these kinds of trouble; none named: all. jobs: processes; 0: one for each core.
    until_breach: stop at the first breach.
    """
    began = time.monotonic()
    whole = Summary()
    jobs = jobs or os.cpu_count() or 1
    size = 1 if until_breach and jobs == 1 else _CHUNK
    for part in _parts(first_seed, count, recipes, jobs=jobs, size=size):
        whole.add(part)
        if until_breach and whole.failing:
            break
    whole.seconds = time.monotonic() - began
    return whole


def _parts(first_seed: int, count: int, recipes: Sequence[str], *, jobs: int, size: int) -> Iterator[Summary]:
    seeds = range(first_seed, first_seed + count)
    chunks = [seeds[start : start + size] for start in range(0, count, size)]
    work = partial(run_some, recipes=tuple(recipes))
    if len(chunks) <= (_CHUNKS_OF_A_PROCESS if jobs == 1 else 1):
        yield from map(work, chunks)
        return
    start = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    with start.Pool(jobs, initializer=prepare, maxtasksperchild=_CHUNKS_OF_A_PROCESS) as pool:
        yield from pool.imap(work, chunks)


def prepare() -> None:
    """Make this process ready: nothing that is logged is read, and what is loaded stays."""
    logging.disable(logging.CRITICAL)
    gc.collect()
    gc.freeze()
    gc.disable()


def run_some(seeds: Sequence[int], recipes: Sequence[str] = ()) -> Summary:
    """Run these schedules one after the other."""
    summary = Summary()
    for seed in seeds:
        result = run(draw_plan(seed, recipes))
        if next(_runs) % _SWEEP_EVERY == 0:
            sweep()
        summary.schedules += 1
        summary.steps += result.steps
        summary.outcomes += result.books.outcomes
        summary.excused += result.books.excused
        for breach in result.books.breaches:
            name = f"{result.plan.recipe}: {breach.kind}"
            summary.breaches[name] += 1
            summary.first_seeds.setdefault(name, seed)
        if result.books.breaches:
            summary.failing.append(seed)
    return summary
