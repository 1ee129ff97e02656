"""One run: the system up, the traffic through, the faults off, quiet, the books."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from devserver.chaos.books.balance import Books, balance
from devserver.chaos.books.evidence import OVER
from devserver.chaos.collecting import collect, turn_of
from devserver.chaos.model import TokenModel
from devserver.chaos.traffic import Traffic
from devserver.settings import LIBRARY, Settings
from devserver.system import HOUSEKEEPING, LocalSystem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from devserver.chaos.plan import Act, Plan
    from devserver.system import LogEntry

#: As short as a lease can be without ending while its owner is merely busy.
_LEASE_SECONDS = 2.0
_RETRY_SECONDS = 0.2
_PIECE_SECONDS = 0.03
#: Some faults let nothing come to an end.
_LASTING_SECONDS = 10.0
#: A round gives up what has had no owner for some time, so the first ones may come too early.
_MOST_ROUNDS = 8
_ALL_ROWS = 1_000_000
#: However slowly it gets on, a run ends.
_MOST_PATIENCES = 5


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
    lasting_seconds: float = _LASTING_SECONDS,
    together: int = 1,
    beside: Callable[[LocalSystem], Awaitable[None]] | None = None,
    on_act: Callable[[Act], None] = lambda _: None,
) -> Run:
    """Run a plan in a system of its own.

    patience: seconds that may pass, with all faults off, without an attempt that ends.
    library: the folder with the library that the functions import.
    lease_seconds: how long a dead invocation keeps a question from the next.
    lasting_seconds: how long the faults of a plan whose weather lasts may keep questions from their answers.
    together: the model answers a question when it was asked this often, see `TokenModel`.
    beside: runs beside the traffic and must end, too; for what must happen at a certain moment.
    """
    log: list[LogEntry] = []
    model = TokenModel(_PIECE_SECONDS, together=together)
    await model.start()
    try:
        system = LocalSystem(
            Settings(
                library=library,
                qps=None,
                monthly_calls=None,
                secrets_in_kms=plan.meets_kms,
                environ={"LEASE_SECONDS": str(lease_seconds), **model.environ},
            ),
            retry_delay=lambda retry: _RETRY_SECONDS * retry,
            on_log=log.append,
        )
        system.faults.random = Random(plan.seed)  # noqa: S311 - to be repeated, not to be secret
        await system.start()
        try:
            traffic = Traffic(system, plan, lasting_seconds)
            said, _ = await asyncio.gather(traffic.flow(on_act), beside(system) if beside else _nothing())
            running = await _quiet(system, patience)
            if plan.housekeeping:
                running += await _tidied(system, patience, pause=2 * lease_seconds)
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


async def _nothing() -> None:
    """What runs beside the traffic otherwise."""


async def _tidied(system: LocalSystem, patience: float, *, pause: float) -> list[str]:
    """Rounds of housekeeping until it has no more to do; the first one comes beside finished questions.

    pause: seconds before each further round; in the cloud they come every ten minutes, for a day.
    """
    for number in range(_MOST_ROUNDS):
        if number:
            await asyncio.sleep(pause)
        system.functions.fire_timer(HOUSEKEEPING)
        running = await _quiet(system, patience)
        if running or not _has_more_to_do(system):
            return running
    return []


def _has_more_to_do(system: LocalSystem) -> bool:
    return any(row["status"] not in OVER for row in system.tablestore.rows("turns", _ALL_ROWS))


async def _quiet(system: LocalSystem, patience: float) -> list[str]:
    """Wait until nothing runs; returns what still does.

    A slow machine may take long as long as it gets on: the patience begins anew when an attempt has ended.
    """
    for _ in range(_MOST_PATIENCES):
        before = _attempts(system)
        try:
            await asyncio.wait_for(system.functions.idle(), patience)
        except asyncio.TimeoutError:
            if _attempts(system) == before:
                break
        else:
            return []
    return [
        f"{task.function} {task.task_id}: {task.status} after {task.attempts} attempts"
        for task in system.functions.tasks()
        if not task.finished
    ]


def _attempts(system: LocalSystem) -> int:
    return sum(task.attempts for task in system.functions.tasks())
