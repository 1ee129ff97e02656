"""`report`: print what the operators' group is told of a day."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.acting import recorded
from rag_on_dingtalk.cli.needed import bots_file
from rag_on_dingtalk.cli.operating.trace import open_rows
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.observability.days import DAY_MS, day_of, start_of
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.settings.bot import Bot


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("report", help="print a day's report: questions, times, cost, gaps")
    yesterday = day_of(time.time_ns() // 1_000_000 - DAY_MS)
    parser.add_argument("file", nargs="?", type=Path, help="bots.yaml (default: BOTS_FILE, else ./bots.yaml)")
    parser.add_argument("--bot", help="of one bot (default: all)")
    parser.add_argument("--day", default=yesterday, metavar="DAY", help="in China (default: yesterday)")
    parser.add_argument("--days", type=int, default=1, metavar="N", help="that many, --day the last of them")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    bots = load_bots(bots_file(arguments.file)).bots
    if arguments.bot and arguments.bot not in bots:
        raise ConfigurationError(f"There is no bot {arguments.bot}. Bots: {', '.join(bots)}.")
    chosen = {name: bot for name, bot in bots.items() if arguments.bot in (None, name)}
    try:
        first = day_of(start_of(arguments.day) - (max(arguments.days, 1) - 1) * DAY_MS)
    except ValueError as error:
        raise ConfigurationError(f"{arguments.day!r} is no day. Write it like 2026-11-29.") from error
    reports = asyncio.run(_reports(chosen, first, arguments.day))
    for name in chosen:
        # It quotes what many have asked.
        asyncio.run(recorded("question.read", bot=name, what=f"report of {first} to {arguments.day}"))
    for markdown in reports:
        print(f"{markdown}\n")  # noqa: T201 - a command's output


async def _reports(bots: dict[str, Bot], first: str, last: str) -> list[str]:
    from rag_on_dingtalk.storage.journal.reports import report_of

    rows = open_rows()
    try:
        now_ms = time.time_ns() // 1_000_000
        return [
            (await report_of(rows, name, bot, first=first, last=last, now_ms=now_ms)).markdown()
            for name, bot in bots.items()
        ]
    finally:
        await rows.close()
