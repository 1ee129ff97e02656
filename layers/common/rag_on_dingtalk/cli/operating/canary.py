"""`canary`: how a bot's experiments go, and what becomes of one; what `/canary` does in the chat."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.acting import recorded
from rag_on_dingtalk.cli.needed import bots_file
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.access.canary.deciding import Wish
    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.storage.shared.experiments import ExperimentRow


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser(
        "canary", help="compare the arms of a bot's experiments; stop, promote or start one"
    )
    parser.add_argument("action", choices=("status", "stop", "promote", "start"), nargs="?", default="status")
    parser.add_argument("name", nargs="?", default="", help="of the experiment; needed if there are several")
    parser.add_argument("--bot", required=True, help="its name in bots.yaml")
    parser.add_argument("--bots", type=Path, metavar="FILE", help="default: BOTS_FILE, else bots.yaml")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from rag_on_dingtalk.access.canary.arms import experiments_of

    bots = load_bots(bots_file(arguments.bots)).bots
    if arguments.bot not in bots:
        raise ConfigurationError(f"There is no bot {arguments.bot!r}. Bots: {', '.join(bots)}.")
    known = [one.name for one in experiments_of(bots[arguments.bot].all_routes)]
    if not known:
        raise ConfigurationError(
            f"The bot {arguments.bot} has no experiment. A route with `percent` or `experiment` is one."
        )
    if arguments.name and arguments.name not in known:
        raise ConfigurationError(f"There is no experiment {arguments.name!r}. There is: {', '.join(known)}.")
    names = [arguments.name] if arguments.name else known
    if arguments.action == "status":
        asyncio.run(_status(arguments.bot, names))
    elif len(names) > 1:
        raise ConfigurationError(f"Say which experiment: {', '.join(known)}.")
    else:
        asyncio.run(_decide(arguments.bot, names[0], arguments.action))


async def _status(bot: str, names: list[str]) -> None:
    from rag_on_dingtalk.observability.experiments.comparison import compare
    from rag_on_dingtalk.observability.experiments.status_text import status_of
    from rag_on_dingtalk.storage.shared.experiments import ExperimentRow

    found = await _read(bot)
    for name in names:
        row = found.get(name, ExperimentRow())
        told = status_of(name, row.status, compare(row.canary, row.stable), language="en")
        print(told.replace("**", ""))  # noqa: T201 - a command's output


async def _read(bot: str) -> dict[str, ExperimentRow]:
    from rag_on_dingtalk.cli.operating.trace import open_rows
    from rag_on_dingtalk.storage.shared.experiments import Experiments

    rows = open_rows()
    try:
        return await Experiments(rows).of(bot)
    finally:
        await rows.close()


async def _decide(bot: str, name: str, wish: Wish) -> None:
    from rag_on_dingtalk.access.canary.deciding import WISHES, decide_experiment
    from rag_on_dingtalk.access.canary.states import FRESH_MS
    from rag_on_dingtalk.cli.operating.trace import open_rows
    from rag_on_dingtalk.storage.shared.experiments import Experiments

    rows = open_rows()
    try:
        by, now_ms = os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], time.time_ns() // 1_000_000
        changed = await decide_experiment(Experiments(rows), bot, name, wish, by=by, now_ms=now_ms)
    finally:
        await rows.close()
    state, act = WISHES[wish]
    if not changed:
        print(f"{name} is {state} already. Nothing was changed.")  # noqa: T201 - a command's output
        return
    await recorded(act, bot=bot, what=name)
    print(f"{name} is {state}, on every instance within {FRESH_MS // 1000} seconds.")  # noqa: T201 - as above
