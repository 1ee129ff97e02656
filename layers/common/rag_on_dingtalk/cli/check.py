"""`check`: is `bots.yaml` right, and do the backends it names answer?"""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.config import resolve_secret, resolve_setting, secret_references
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Mapping

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.config import Bot

_QUESTION = "你好"


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("check", help="say what is wrong with bots.yaml and the backends it names")
    parser.add_argument("file", nargs="?", type=Path, default=Path("bots.yaml"))
    parser.add_argument("--offline", action="store_true", help="only read the file; needs no secrets")
    parser.add_argument(
        "--ask",
        nargs="?",
        metavar="QUESTION",
        const=_QUESTION,
        default="",
        help=f"also ask every backend something ({_QUESTION}); they remember it and it costs tokens",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    bots = load_bots(arguments.file).bots
    for name, bot in bots.items():
        _say(name, f"{bot.title}, {bot.backend.base_url}, callback path /robot/{name}")
    if arguments.offline:
        return 0
    return 0 if asyncio.run(_check(bots, arguments.ask)) else 1


async def _check(bots: Mapping[str, Bot], question: str) -> bool:
    """Print what is found about each bot; whether all is well."""
    all_well = True
    for name, bot in bots.items():
        async for well, sentence in _sentences(bot, question):
            _say(name, f"{'ok' if well else 'WRONG'}. {sentence}")
            all_well = all_well and well
    return all_well


async def _sentences(bot: Bot, question: str) -> AsyncIterator[tuple[bool, str]]:
    for setting, reference in secret_references(bot):
        try:
            resolve_setting(setting, reference)
        except ConfigurationError as error:
            yield False, f"{setting}: {error}"
    # What asks a backend takes longer to load than the rest of the command takes.
    from rag_on_dingtalk.backends.probing import try_out
    from rag_on_dingtalk.backends.registry import open_backend

    try:
        key = resolve_secret(bot.backend.api_key)
    except ConfigurationError:
        return
    try:
        async with open_backend(bot.backend, key) as backend:
            findings = await backend.probe()
            for finding in findings:
                yield finding.well, finding.detail
            if question and all(finding.well for finding in findings):
                tried = await try_out(backend, question, session_key=f"check-{uuid.uuid4()}")
                yield tried.well, tried.detail
    except ConfigurationError as error:
        yield False, str(error)


def _say(name: str, sentence: str) -> None:
    print(f"{name}: {sentence}")  # noqa: T201 - a command's output
