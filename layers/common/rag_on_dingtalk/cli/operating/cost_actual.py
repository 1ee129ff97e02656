"""`cost --actual`: what was really asked, and what it cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.needed import bots_file
from rag_on_dingtalk.cost.actual import Spent, bill_of, spent
from rag_on_dingtalk.cost.report import told_bill
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.observability.days import DAY_MS, day_of, start_of
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from rag_on_dingtalk.cost import Choices, Prices

#: The counts of every hour are kept so long.
_MOST_DAYS = 400
_COLUMNS = ("asked", "answered", "not found", "failed", "calls", "tokens in", "tokens out", "s each")

Hours = list[tuple[str, dict[str, int]]]


def print_actual(file: Path | None, days: int | None, choices: Choices, prices: Prices) -> None:
    """Read the counts of the days and print what they come to.

    days: that many, today the last of them; None: the month that runs.

    Raises:
        ConfigurationError: a number or a variable is wrong. StateError: Tablestore could not be asked.
    """
    import asyncio

    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise ConfigurationError(f"--days is {days}. Give 1 to {_MOST_DAYS}.")
    now_ms = time.time_ns() // 1_000_000
    last = day_of(now_ms)
    first = f"{last[:-2]}01" if days is None else day_of(now_ms - (days - 1) * DAY_MS)
    names = list(load_bots(bots_file(file)).bots)
    hours = asyncio.run(_read(names, first, last))
    passed = (now_ms - start_of(first)) / DAY_MS
    for line in told(hours, first, last, choices, prices, days=passed):
        print(line)  # noqa: T201 - a command's output


def told(
    hours: Mapping[str, Hours], first: str, last: str, choices: Choices, prices: Prices, *, days: float
) -> Iterator[str]:
    """The lines. Pure.

    hours: the counts of every hour by bot. days: how long the days have lasted until now.
    """
    yield f"{first} to {last} in China, from the counts of every hour."
    yield _row("bot", *_COLUMNS)
    for name, found in hours.items():
        yield _bot_row(name, spent(found))
    everything = spent(one for found in hours.values() for one in found)
    if len(hours) > 1:
        yield _bot_row("all", everything)
    yield ""
    yield f"Prices of {prices.date}. ?: not confirmed. -: no price was found."
    yield from told_bill("These days", bill_of(everything, choices, prices, days=days))
    yield "The knowledge base's tokens are billed by who runs the model, and are not in it."


def _bot_row(name: str, one: Spent) -> str:
    numbers = (one.asked, one.answered, one.nothing_found, one.failed, one.calls)
    each = f"{one.seconds:.1f}" if one.timed else "-"
    return _row(
        name, *(f"{number:,}" for number in (*numbers, one.prompt_tokens, one.completion_tokens)), each
    )


def _row(name: str, *cells: str) -> str:
    return f"{name:<20}" + "".join(f"{cell:>11}" for cell in cells)


async def _read(names: list[str], first: str, last: str) -> dict[str, Hours]:
    from rag_on_dingtalk.cli.operating.trace import open_rows
    from rag_on_dingtalk.storage.journal.questions import Questions

    rows = open_rows()
    try:
        questions = Questions(rows)
        found: dict[str, Hours] = {}
        for name in names:
            found[name] = [one async for one in questions.hours(name, first, last)]
        return found
    finally:
        await rows.close()
