"""`audit`: check the audit's chain, or export it."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.cli.acting import recorded
from rag_on_dingtalk.cli.deploying.export import opened
from rag_on_dingtalk.cli.operating.trace import open_rows
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.observability.audit.sheet import csv_rows
from rag_on_dingtalk.observability.days import DAY_MS, day_of, start_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.observability.audit.chain import Finding, Record
    from rag_on_dingtalk.storage.journal.audit import Audit


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser(
        "audit", help="check what was recorded of administrators' acts, or export it"
    )
    actions = parser.add_subparsers(required=True, metavar="action")
    verify = actions.add_parser("verify", help="name every record that is missing or was changed")
    export = actions.add_parser("export", help="write the records as JSON lines or CSV")
    today = time.time_ns() // 1_000_000
    for one in (verify, export):
        one.add_argument(
            "--bot", required=True, help="its name in bots.yaml; - for the whole deployment's acts"
        )
        one.add_argument(
            "--from",
            dest="first",
            default=day_of(today - 30 * DAY_MS),
            metavar="DAY",
            help="in China (default: 30 days ago, %(default)s)",
        )
        one.add_argument("--to", dest="last", default=day_of(today), metavar="DAY", help="(default: today)")
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="(default: %(default)s)")
    export.add_argument("--output", type=Path, help="a file that does not exist yet (default: the terminal)")
    verify.set_defaults(run=_verify)
    export.set_defaults(run=_export)


def _verify(arguments: argparse.Namespace) -> int:
    first, last = _days(arguments)

    async def read(audit: Audit) -> tuple[int, list[Finding]]:
        return await audit.verify(arguments.bot, first, last)

    count, findings = asyncio.run(_with_audit(read))
    for finding in findings:
        print(finding)  # noqa: T201 - a command's output
    verdict = f"{len(findings)} problems" if findings else "the chain is whole"
    print(f"{arguments.bot}, {first} to {last}: {count} records, {verdict}.")  # noqa: T201 - as above
    return 1 if findings else 0


def _export(arguments: argparse.Namespace) -> None:
    first, last = _days(arguments)

    async def read(audit: Audit) -> list[Record]:
        return [record async for record in audit.between(arguments.bot, first, last)]

    records = asyncio.run(_with_audit(read))
    asyncio.run(recorded("audit.read", bot=arguments.bot, what=f"{first} to {last}"))
    with opened(arguments.output) as out:
        out.write(_lines(records, arguments.format))
    print(f"{len(records)} records", file=sys.stderr)  # noqa: T201 - a command's output


def _lines(records: list[Record], form: str) -> str:
    rows: list[dict[str, Any]] = [
        {"bot": one.bot, "day": one.day, "number": one.number, **one.columns} for one in records
    ]
    if form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return csv_rows(rows, head=True)


def _days(arguments: argparse.Namespace) -> tuple[str, str]:
    for day in (arguments.first, arguments.last):
        try:
            start_of(day)
        except ValueError as error:
            raise ConfigurationError(f"{day!r} is no day. Write it like 2026-11-29.") from error
    return arguments.first, arguments.last


async def _with_audit(read: Callable[[Audit], Awaitable[Any]]) -> Any:
    from rag_on_dingtalk.storage.journal.audit import Audit

    rows = open_rows()
    try:
        return await read(Audit(rows))
    finally:
        await rows.close()
