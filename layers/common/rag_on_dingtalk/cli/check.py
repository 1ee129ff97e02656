"""`check`: is `bots.yaml` right?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.bots_file import load_bots

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("check", help="say what is wrong with bots.yaml")
    parser.add_argument("file", nargs="?", type=Path, default=Path("bots.yaml"))
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    bots = load_bots(arguments.file).bots
    for name, bot in bots.items():
        print(f"{name}: {bot.title}, {bot.backend.base_url}, callback path /robot/{name}")  # noqa: T201 - a command's output
