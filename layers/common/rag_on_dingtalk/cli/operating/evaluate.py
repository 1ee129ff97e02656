"""`evaluate`: golden questions asked of a route, before people get it."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.needed import access_key, bots_file, needed, plugins_of
from rag_on_dingtalk.cli.operating.trace import open_rows
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.files import check_skills, skills_beside
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.evaluation.golden import GoldenQuestion
    from rag_on_dingtalk.evaluation.running import Result
    from rag_on_dingtalk.settings.bot import Bot

_DESCRIPTION = """\
Asks the route's real backend every question of the file, as an answer does, and says which answers hold what
they must; the bot's skills are asked their own questions first. The backend remembers the questions, and they
cost tokens; no person and no statistic sees them.
The exit status is 1 when a question is not passed; with --against, when one is not that passes there.
"""
_MOST_AT_ONCE = 20


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser(
        "evaluate", help="ask golden questions of a route and judge the answers", description=_DESCRIPTION
    )
    option = parser.add_argument
    option("questions", type=Path, help="a YAML file, as examples/questions.yaml, or .tsv")
    option("--bots", type=Path, metavar="FILE", help="default: BOTS_FILE, else bots.yaml")
    option("--bot", default="", help="its name; needed where there are several")
    option("--route", default="", metavar="NAME", help="whose backend is asked; needed if it has several")
    option("--against", default="", metavar="NAME", help="a route to compare with")
    option(
        "--at-once",
        type=int,
        default=2,
        metavar="N",
        help="questions in flight, 1 to 20 (default: %(default)d)",
    )
    option(
        "--seconds",
        type=float,
        default=120.0,
        metavar="S",
        help="longest for an answer (default: %(default)g)",
    )
    option("--json", action="store_true", help="print everything as JSON, the answers included")
    option("--keep", action="store_true", help="keep the outcome in Tablestore, where the console shows it")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rag_on_dingtalk.evaluation.golden import load_golden  # what asks a backend takes long to load
    from rag_on_dingtalk.evaluation.telling import as_json, told, worse

    if not 1 <= arguments.at_once <= _MOST_AT_ONCE:
        raise ConfigurationError(f"--at-once is {arguments.at_once}. Give 1 to {_MOST_AT_ONCE}.")
    if not arguments.seconds > 0:
        raise ConfigurationError(f"--seconds is {arguments.seconds:g}. Give more than 0.")
    if arguments.keep:
        # Said before a token is spent.
        needed("TABLESTORE_ENDPOINT")
        needed("TABLESTORE_INSTANCE")
        access_key()
    questions = load_golden(arguments.questions)
    name, bot = _bot(arguments)
    plugins_of({name: bot})
    # What a skill answers never reaches the backend: its own questions come first.
    check_skills(name, bot, skills_beside(bot.skills.files, bots_file(arguments.bots)))
    route = _route(bot, arguments.route, "--route")
    wanted = dict.fromkeys(
        (route, _route(bot, arguments.against, "--against")) if arguments.against else (route,)
    )
    routes = list(dict.fromkeys(wanted))
    asking = _ask(bot, routes, questions, at_once=arguments.at_once, seconds=arguments.seconds)
    results = asyncio.run(asking)
    first = results[route]
    compared = [results[other] for other in results if other != route]
    if arguments.keep:
        asyncio.run(_keep(name, results, arguments.questions))
    bad = worse(first, compared[0]) if compared else [one.question.ask for one in first if not one.passed]
    if arguments.json:
        print(json.dumps(as_json(results), ensure_ascii=False, indent=2))  # noqa: T201 - a command's output
    else:
        for line in told(results):
            print(line)  # noqa: T201 - a command's output
        if compared:
            print(f"{len(bad)} questions pass by {arguments.against} and not by {route}.")  # noqa: T201 - as above
    return 1 if bad else 0


async def _keep(name: str, results: Mapping[str, Sequence[Result]], questions: Path) -> None:
    from rag_on_dingtalk.evaluation.keeping import run_of
    from rag_on_dingtalk.knowledge.evaluation_runs import run_columns
    from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations

    at_ms = time.time_ns() // 1_000_000
    rows = open_rows()
    try:
        run = run_of(results, file=questions.name, at_ms=at_ms)
        await Evaluations(rows).keep(name, at_ms, run_columns(run))
    finally:
        await rows.close()


def _bot(arguments: argparse.Namespace) -> tuple[str, Bot]:
    bots = load_bots(bots_file(arguments.bots)).bots
    if not arguments.bot and len(bots) == 1:
        return next(iter(bots.items()))
    if arguments.bot not in bots:
        given = f"There is no bot {arguments.bot!r}." if arguments.bot else "There are several bots."
        raise ConfigurationError(f"{given} Give --bot one of: {', '.join(bots)}.")
    return arguments.bot, bots[arguments.bot]


def _route(bot: Bot, given: str, option: str) -> str:
    names = [route.name for route in bot.all_routes]
    if not given and len(names) == 1:
        return names[0]
    if given not in names:
        told = f"There is no route {given!r}." if given else "The bot has several routes."
        raise ConfigurationError(f"{told} Give {option} one of: {', '.join(names)}.")
    return given


async def _ask(
    bot: Bot, routes: Sequence[str], questions: Sequence[GoldenQuestion], *, at_once: int, seconds: float
) -> dict[str, Sequence[Result]]:
    from rag_on_dingtalk.backends.conversation_ids import tied
    from rag_on_dingtalk.backends.registry import open_backend
    from rag_on_dingtalk.clock import beijing_day
    from rag_on_dingtalk.cloud.secrets import resolve_api_key
    from rag_on_dingtalk.evaluation.asking import BackendAsker
    from rag_on_dingtalk.evaluation.running import evaluate
    from rag_on_dingtalk.safety.dates.hints import with_dates

    today = beijing_day(time.time_ns() // 1_000_000)
    results: dict[str, Sequence[Result]] = {}
    async with AsyncExitStack() as opened:
        for name in routes:
            use = next(route.use for route in bot.all_routes if route.name == name)
            settings = bot.all_backends[use]
            backend = await opened.enter_async_context(
                open_backend(settings, resolve_api_key(settings.api_key))
            )
            asker = BackendAsker(
                tied(backend, settings),
                settings,
                bot,
                seconds=seconds,
                explained=(lambda words: with_dates(words, today)) if bot.explain_dates else str,
            )
            results[name] = await evaluate(questions, asker, at_once=at_once)
    return results
