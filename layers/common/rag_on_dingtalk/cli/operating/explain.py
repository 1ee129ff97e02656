"""`explain`: which rule decides whether a person may ask a question, and why; or why it did."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.asking_dingtalk import people_of
from rag_on_dingtalk.cli.needed import bots_file
from rag_on_dingtalk.cli.operating.replay import replay
from rag_on_dingtalk.errors import ConfigurationError, DingTalkError
from rag_on_dingtalk.models.access import Grant, Profile, RoleHeld
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.settings.bot import Bot

_AN_HOUR_MS = 3_600_000


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("explain", help="say which rule decides whether a person may ask, and why")
    parser.add_argument("question", nargs="?", default="", help="its words may choose the route")
    parser.add_argument("--bots", type=Path, help="default: BOTS_FILE, else bots.yaml")
    parser.add_argument(
        "--bot", default="", help="its name in bots.yaml; not needed with --turn and --log-line"
    )
    made = parser.add_mutually_exclusive_group()
    made.add_argument(
        "--turn", default="", metavar="TURN_ID", help="judge the recorded decision on a question again"
    )
    made.add_argument(
        "--log-line", default="", metavar="LINE", help="the same from a log line access_decided; - reads one"
    )
    parser.add_argument("--user", default="", help="staff id; without one: a person outside the organisation")
    parser.add_argument("--group", default="", help="conversation id of a group; default: a private chat")
    parser.add_argument(
        "--departments",
        action="append",
        metavar="200,1",
        help="a department and those above it, instead of asking DingTalk; several allowed",
    )
    parser.add_argument("--roles", default="", metavar="A,B", help="with --departments: the person's roles")
    parser.add_argument(
        "--grant", action="append", default=[], metavar="ROUTE", help="as if this was granted"
    )
    parser.add_argument("--files", action="store_true", help="as if a picture or file came with it")
    parser.add_argument(
        "--depth", type=int, default=0, metavar="N", help="as if the conversation had N questions already"
    )
    parser.add_argument("--unknown", action="store_true", help="as if the directory could not be asked")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rag_on_dingtalk.access.explaining import explained

    bots = load_bots(bots_file(arguments.bots)).bots
    if arguments.turn or arguments.log_line:
        return replay(bots, turn_id=arguments.turn, line=arguments.log_line)
    bot = bots.get(arguments.bot)
    if bot is None:
        raise ConfigurationError(f"bots.yaml has no bot {arguments.bot!r}. There is: {', '.join(bots)}.")
    now_ms = time.time_ns() // 1_000_000
    profile = None
    if arguments.departments is not None or arguments.roles:
        profile = _given(arguments)
    elif arguments.user and not arguments.unknown:
        profile = asyncio.run(_looked_up(bot, arguments.user, now_ms))
    grants = tuple(
        Grant("as-if", arguments.bot, arguments.user, route, now_ms, now_ms + _AN_HOUR_MS, "explain")
        for route in arguments.grant
    )
    for line in explained(
        bot,
        arguments.user,
        profile,
        group=arguments.group,
        text=arguments.question,
        grants=grants,
        now_ms=now_ms,
        name=arguments.bot,
        files=arguments.files,
        depth=arguments.depth,
    ):
        print(line)  # noqa: T201 - a command's output
    return 0


def _given(arguments: argparse.Namespace) -> Profile:
    try:
        chains = tuple(
            tuple(int(one) for one in chain.split(",")) for chain in arguments.departments or () if chain
        )
    except ValueError as error:
        raise ConfigurationError(f"--departments takes ids such as 200,1: {error}.") from error
    return Profile(chains, tuple(RoleHeld(one, one) for one in arguments.roles.split(",") if one))


async def _looked_up(bot: Bot, user: str, now_ms: int) -> Profile | None:
    async with people_of(bot) as people:
        try:
            return await people.profile_of(user, now_ms=now_ms)
        except DingTalkError as error:
            print(f"The directory cannot be asked ({error}): least rights.")  # noqa: T201 - a command's output
            return None
