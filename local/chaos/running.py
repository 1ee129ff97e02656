"""One run: the system up, the traffic through, the faults off, quiet, the books."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from local.chaos.books import Books, balance
from local.chaos.collecting import collect, turn_of
from local.chaos.model import TokenModel
from local.chaos.traffic import Traffic
from local.settings import LIBRARY, Settings
from local.system import LocalSystem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.chaos.plan import Act, Plan
    from local.system import LogEntry

#: As short as a lease can be without ending while its owner is merely busy.
_LEASE_SECONDS = 2.0
_RETRY_SECONDS = 0.2
_PIECE_SECONDS = 0.03


@dataclass(frozen=True)
class Run:
    """What came of a plan.

    struck: fault → how often it struck.
    stories: turn id → the functions' log lines about it.
    """

    plan: Plan
    books: Books
    struck: dict[str, int]
    stories: dict[str, list[str]] = field(repr=False)


async def carry_out(
    plan: Plan,
    *,
    patience: float = 120.0,
    library: Path = LIBRARY,
    lease_seconds: float = _LEASE_SECONDS,
    on_act: Callable[[Act], None] = lambda _: None,
) -> Run:
    """Run a plan in a system of its own.

    patience: seconds that may pass, with all faults off, until nothing runs any more.
    library: the folder with the library that the functions import.
    lease_seconds: how long a dead invocation keeps a question from the next.
    """
    log: list[LogEntry] = []
    model = TokenModel(_PIECE_SECONDS)
    await model.start()
    try:
        system = LocalSystem(
            Settings(
                library=library,
                qps=None,
                monthly_calls=None,
                environ={"LEASE_SECONDS": str(lease_seconds), **model.environ},
            ),
            retry_delay=lambda retry: _RETRY_SECONDS * retry,
            on_log=log.append,
        )
        system.faults.random = Random(plan.seed)  # noqa: S311 - to be repeated, not to be secret
        await system.start()
        try:
            said = await Traffic(system, plan).flow(on_act)
            running = await _quiet(system, patience)
            evidence = collect(system, said, log, running)
            return Run(
                plan,
                balance(evidence),
                system.faults.struck(),
                {turn: [e.line for e in log if turn in e.line] for turn in map(turn_of, said)},
            )
        finally:
            await system.stop()
    finally:
        await model.stop()


async def _quiet(system: LocalSystem, patience: float) -> list[str]:
    """Wait until nothing runs; returns what still does."""
    try:
        await asyncio.wait_for(system.functions.idle(), patience)
    except asyncio.TimeoutError:
        return [
            f"{task.function} {task.task_id}: {task.status} after {task.attempts} attempts"
            for task in system.functions.tasks()
            if not task.finished
        ]
    return []
