"""`check`: is `bots.yaml` right, and do the backends it names answer?"""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.needed import bots_file, plugins_of
from rag_on_dingtalk.cloud.secrets import resolve_api_key, resolve_secret
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.files import check_skill_files
from rag_on_dingtalk.safety.words.word_lists import check_words
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.settings.secret_references import resolve_setting, secret_references

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Mapping

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.settings.bot import Bot

_QUESTION = "你好"


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("check", help="say what is wrong with bots.yaml and the backends it names")
    parser.add_argument("file", nargs="?", type=Path, help="default: BOTS_FILE, else bots.yaml")
    parser.add_argument("--offline", action="store_true", help="only read the file; needs no secrets")
    parser.add_argument(
        "--online", action="store_true", help="also look the ids in access rules up in DingTalk's directory"
    )
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
    file = bots_file(arguments.file)
    bots = load_bots(file).bots
    check_words(bots, file)
    check_skill_files(bots, file)
    for name, bot in bots.items():
        addresses = ", ".join(dict.fromkeys(one.base_url for one in bot.all_backends.values()))
        way = "by Stream, through the bridge" if bot.dingtalk.by_stream else f"callback path /robot/{name}"
        _say(name, f"{bot.title}, {addresses}, {way}")
    for name, own in plugins_of(bots).items():
        _say(name, f"ok. The plug-in is there; its settings: {own}")
    if arguments.offline:
        return 0
    return 0 if asyncio.run(_check(bots, arguments.ask, online=arguments.online)) else 1


async def _check(bots: Mapping[str, Bot], question: str, *, online: bool) -> bool:
    """Print what is found about each bot; whether all is well."""
    all_well = True
    for name, bot in bots.items():
        async for well, sentence in _sentences(bot, question):
            _say(name, f"{'ok' if well else 'WRONG'}. {sentence}")
            all_well = all_well and well
        if online:
            async for well, sentence in _ids(bot):
                _say(name, f"{'ok' if well else 'WRONG'}. {sentence}")
                all_well = all_well and well
    return all_well


async def _ids(bot: Bot) -> AsyncIterator[tuple[bool, str]]:
    from rag_on_dingtalk.cli.asking_dingtalk import people_of
    from rag_on_dingtalk.cli.deploying.rule_ids import look_up_ids

    try:
        async with people_of(bot) as people:
            async for found in look_up_ids(bot, people):
                yield found
    except ConfigurationError as error:
        yield False, str(error)


async def _sentences(bot: Bot, question: str) -> AsyncIterator[tuple[bool, str]]:
    for setting, reference in secret_references(bot):
        try:
            resolve_setting(setting, reference, resolve_secret)
        except ConfigurationError as error:
            yield False, f"{setting}: {error}"
    # What asks a backend takes longer to load than the rest of the command takes.
    from rag_on_dingtalk.backends.probing import places_of, try_out
    from rag_on_dingtalk.backends.registry import open_backend

    for name, settings in bot.all_backends.items():
        named = f"{name}: " if bot.backends else ""
        try:
            key = resolve_api_key(settings.api_key)
        except ConfigurationError:
            continue
        try:
            async with open_backend(settings, key) as backend:
                findings = await backend.probe()
                for finding in findings:
                    yield finding.well, named + finding.detail
                if question and all(finding.well for finding in findings):
                    tried = await try_out(backend, question, session_key=f"check-{uuid.uuid4()}")
                    yield tried.well, named + tried.detail
                    for finding in places_of(backend):
                        yield finding.well, named + finding.detail
        except ConfigurationError as error:
            yield False, named + str(error)


def _say(name: str, sentence: str) -> None:
    print(f"{name}: {sentence}")  # noqa: T201 - a command's output
