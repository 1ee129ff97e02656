"""`doctor`: is every link from DingTalk to the knowledge base whole?"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands

_DESCRIPTION = """\
Checks the whole chain with the environment the functions have and an access key. Nobody is sent a message and
nothing is asked. On the way it makes, for each bot, a card that nobody sees, and the card route when nobody
has it yet; four calls of the month's in all. ✓ well, ✗ wrong, – not checked. The exit status is 1 when
anything is wrong.
"""


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser(
        "doctor", help="check the whole chain and say what to do", description=_DESCRIPTION
    )
    parser.add_argument("--bots", type=Path, default=Path("bots.yaml"), metavar="FILE")
    parser.add_argument("--url", default="", help="the callback function's address, without a path")
    parser.add_argument(
        "--function", default="", metavar="NAME", help="the function that answers (default: ANSWER_FUNCTION)"
    )
    parser.add_argument(
        "--person", action="append", default=[], metavar="STAFF_ID", help="look this person up, too"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    url = arguments.url.rstrip("/")
    if url and not _is_origin(url):
        raise ConfigurationError(
            f"--url is {arguments.url!r}. Give scheme and host only, such as https://….fcapp.run."
        )
    return asyncio.run(_examine(arguments, url))


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.path


async def _examine(arguments: argparse.Namespace, url: str) -> int:
    # Heavy, and no other command needs them.
    from rag_on_dingtalk.doctor.examination import Wish, examine
    from rag_on_dingtalk.doctor.line import exit_status
    from rag_on_dingtalk.doctor.web import Web

    wish = Wish(bots=arguments.bots, url=url, function=arguments.function, people=tuple(arguments.person))
    lines = []
    async with Web() as web:
        async for line in examine(wish, os.environ, web):
            print(line, flush=True)  # noqa: T201 - a command's output
            lines.append(line)
    return exit_status(lines)
