"""A run as a table to read, and a breach as a story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.simulation.books.trace import readable

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from devserver.simulation.batch import Summary
    from devserver.simulation.schedule import Result

#: Of breaches that are told in full.
_STORIES = 3
#: Events that are many and say little.
_QUIET = ("turn.get", "turn.put", "turn.range", "turn.polled", "piece")


def story(result: Result, *, everything: bool = False) -> Iterator[str]:
    """What happened, event by event, and what is wrong with it."""
    plan = result.plan
    yield f"seed {plan.seed}, recipe {plan.recipe}, {len(plan.questions)} questions, {result.steps} steps"
    yield from readable((one for one in result.events if everything or one.kind not in _QUIET), result.names)
    for breach in result.books.breaches:
        yield f"BREACH {result.names[breach.turn_id]}: {breach.kind} {breach.detail}".rstrip()


def table(summary: Summary) -> Iterator[str]:
    """The whole run."""
    rate = summary.schedules / summary.seconds * 60 if summary.seconds else 0
    yield f"{summary.schedules} schedules in {summary.seconds:.0f} s ({rate:.0f} a minute)"
    yield from _rows("outcomes", summary.outcomes)
    yield from _rows("seen twice, and excused", summary.excused)
    yield from _rows("breaches", summary.breaches)
    yield from _rows("first seed of each kind of breach", summary.first_seeds)
    if not summary.breaches:
        yield "\nThe books balance: one answer each, nothing left open."


def _rows(title: str, rows: Counter[str]) -> Iterator[str]:
    if rows:
        yield f"\n{title}"
        yield from (f"  {rows[name]:>8}  {name}" for name in sorted(rows))


def seeds_to_tell(failing: Sequence[int]) -> Sequence[int]:
    """Whose stories are worth the paper."""
    return failing[:_STORIES]
