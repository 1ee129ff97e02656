"""`doctor`: is every link from DingTalk to the knowledge base whole?"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.cli.needed import bots_file, callback_url

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands

_DESCRIPTION = """\
Checks the whole chain with the environment the functions have and an access key. No message is sent and
nothing is asked. On the way it makes, for each bot, a card that is delivered to no chat, and the card route
if it is free; four calls of the month's in all. ✓ well, ✗ wrong, – not checked. The exit status is 1 when
anything is wrong.
"""


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser(
        "doctor", help="check the whole chain and say what to do", description=_DESCRIPTION
    )
    parser.add_argument("--bots", type=Path, metavar="FILE", help="default: BOTS_FILE, else bots.yaml")
    parser.add_argument(
        "--url", default="", help="the callback function's address, without a path (default: CALLBACK_URL)"
    )
    parser.add_argument(
        "--function", default="", metavar="NAME", help="the function that answers (default: ANSWER_FUNCTION)"
    )
    parser.add_argument(
        "--person", action="append", default=[], metavar="STAFF_ID", help="look this person up, too"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object: ok, and every line")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_examine(arguments, callback_url(arguments.url)))


async def _examine(arguments: argparse.Namespace, url: str) -> int:
    # Heavy, and no other command needs them.
    from rag_on_dingtalk.doctor.examination import Wish, examine
    from rag_on_dingtalk.doctor.line import exit_status
    from rag_on_dingtalk.doctor.web import Web

    wish = Wish(
        bots=bots_file(arguments.bots), url=url, function=arguments.function, people=tuple(arguments.person)
    )
    lines = []
    async with Web() as web:
        async for line in examine(wish, os.environ, web):
            if not arguments.json:
                print(line, flush=True)  # noqa: T201 - a command's output
            lines.append(line)
    if arguments.json:
        found = {"ok": not exit_status(lines), "lines": [msgspec.structs.asdict(line) for line in lines]}
        print(json.dumps(found, ensure_ascii=False))  # noqa: T201 - a command's output
    return exit_status(lines)
