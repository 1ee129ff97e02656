"""A run as a table to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devserver.chaos.running import Run

_LINES_OF_A_STORY = 30


def report(run: Run, *, again: str, seconds: float, order: bool) -> str:
    """The whole report.

    again: the command that makes the same decisions again.
    order: answers out of order count as breaches.
    """
    return "\n".join(_lines(run, again, seconds, order=order))


def _lines(run: Run, again: str, seconds: float, *, order: bool) -> Iterator[str]:
    books = run.books
    asked = sum(books.outcomes.values())
    yield f"{asked} questions in {len(run.plan.chats)} chats, {seconds:.0f} s, seed {run.plan.seed}"
    yield from _table("injected", run.struck)
    away = [f"{act.outage.name} {act.outage.seconds:.0f} s" for act in run.plan.acts if act.outage]
    if away:
        yield f"\naway for a while: {', '.join(away)}"
    yield from _table("outcomes", books.outcomes)
    yield from _table("DingTalk's rules not kept (no promise of ours)", books.violations)
    yield from _named("told at once and answered all the same", books.told_and_answered)
    yield from _named("twice: it was not known whether it had arrived", books.doubled)
    yield from _named("double: delivered twice, and answered once without Tablestore", books.blind)
    yield from _named("out of order", books.out_of_order)
    yield ""
    if books.hold(order=order):
        yield "The books balance: one answer each, nothing left open."
        return
    yield f"BREACHES: {len(books.breaches)}" + (f", out of order: {len(books.out_of_order)}" if order else "")
    for breach in books.breaches:
        yield f"  {breach.kind:<22} {breach.token} {breach.turn_id}  {breach.detail}"
        for line in run.stories.get(breach.turn_id, [])[-_LINES_OF_A_STORY:]:
            yield f"      {line}"
    yield ""
    yield f"The same decisions again: {again}"
    yield "The machine's timing is not part of the seed; a rare interleaving may need several runs."


def _table(title: str, rows: Mapping[str, int]) -> Iterator[str]:
    if rows:
        yield f"\n{title}"
        yield from (f"  {rows[name]:>6}  {name}" for name in sorted(rows))


def _named(title: str, turns: Iterable[str]) -> Iterator[str]:
    named = list(turns)
    if named:
        yield f"\n{title}: {len(named)}"
        yield f"  {' '.join(named[:5])}{' …' if len(named) > 5 else ''}"
