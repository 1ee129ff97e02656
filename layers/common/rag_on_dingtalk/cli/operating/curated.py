"""`curated`: the answers that people have written: list, show, publish, roll back, withdraw."""

from __future__ import annotations

import asyncio
import os
import sys
import time
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.cli.operating.trace import open_rows
from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.errors import ConfigurationError, StateError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.knowledge.curated.curating import By, Curating
    from rag_on_dingtalk.knowledge.curated.entry import Entry
    from rag_on_dingtalk.observability.events import Act
    from rag_on_dingtalk.storage.rows.client import Rows


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("curated", help="answers that people have written, and which version lives")
    actions = parser.add_subparsers(required=True, metavar="action")
    every = {
        "list": "print every answer and which of its versions lives",
        "show": "print one answer with all its versions",
        "publish": "let a version answer from now on",
        "rollback": "end a trial, or go back to the version that lived before",
        "withdraw": "answer with no version of it any more",
    }
    for name, told in every.items():
        action = actions.add_parser(name, help=told)
        action.add_argument("--bot", required=True, help="its name in bots.yaml")
        if name != "list":
            action.add_argument("id", help="of the answer, as `curated list` prints it")
        if name == "publish":
            action.add_argument("--version", type=int, help="default: the newest")
            action.add_argument("--percent", type=int, default=0, help="of the people only, as a trial")
        action.set_defaults(run=_run, action=name)


def _run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_with_curating(lambda desk, by: _do(arguments, desk, by)))


async def _do(arguments: argparse.Namespace, desk: Curating, by: By) -> int:
    bot, action = arguments.bot, arguments.action
    if action == "list":
        for entry in await desk.entries(bot):
            print(_line(entry))  # noqa: T201 - a command's output
        return 0
    there = await desk.entry(bot, arguments.id)
    if there is None:
        raise ConfigurationError(
            f"The bot {bot} has no curated answer {arguments.id}. Look at `curated list`."
        )
    if action == "show":
        print("\n".join(_shown(there)))  # noqa: T201 - as above
        return 0
    if action == "publish":
        if not 0 <= arguments.percent <= 99:  # noqa: PLR2004 - a part of 100
            raise ConfigurationError("--percent is 1 to 99; without it everyone gets the version.")
        version = arguments.version or there.newest
        after = await desk.publish(bot, arguments.id, version, by, percent=arguments.percent)
    elif action == "rollback":
        after = await desk.roll_back(bot, arguments.id, by)
    else:
        after = await desk.withdraw(bot, arguments.id, by)
    print(_line(after))  # noqa: T201 - as above
    return 0


def _line(entry: Entry) -> str:
    head = entry.head
    lives = f"version {head.live} lives" if head.live else "none lives"
    trial = f", version {head.trial} for {head.percent} %" if head.trial else ""
    asked = entry.versions[-1].skill.triggers.questions[:1] if entry.versions else ()
    return f"{entry.id}: {lives}{trial}, newest {entry.newest}. {' '.join(asked)}".rstrip()


def _shown(entry: Entry) -> list[str]:
    lines = [_line(entry)]
    for one in entry.versions:
        by, at_ms = entry.head.approved.get(str(one.number), ("", 0))
        approved = f"approved by {by} {_moment(at_ms)}" if by else "a draft"
        lines.append(
            f"\nversion {one.number}, written by {one.written_by} {_moment(one.written_ms)}, {approved}"
        )
        lines += [f"  asked: {question}" for question in one.skill.triggers.questions]
        lines.append("  " + one.skill.answer.replace("\n", "\n  "))
    return lines


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, BEIJING).strftime("%Y-%m-%d %H:%M")


async def _with_curating(do: Callable[[Curating, By], Awaitable[int]]) -> int:
    from rag_on_dingtalk.knowledge.curated.curating import By, Curating
    from rag_on_dingtalk.storage.journal.audit import Audit
    from rag_on_dingtalk.storage.knowledge.curated import CuratedRows

    rows = open_rows()
    try:
        by = By(os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], time.time_ns() // 1_000_000, "command line")
        return await do(Curating(CuratedRows(rows), _recorder(rows, Audit)), by)
    finally:
        await rows.close()


def _recorder(rows: Rows, audit: Any) -> Callable[[Act], Awaitable[object]]:
    async def record(act: Act) -> None:
        try:
            await audit(rows).append(act, id_=uuid.uuid4().hex)
        except StateError as error:
            print(f"{act.act} is not in the audit: {error}", file=sys.stderr)  # noqa: T201 - a command's output

    return record
