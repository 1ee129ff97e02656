"""`python -m rag_on_dingtalk …`: what an engineer does with a deployment."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.config import encode_bots
from rag_on_dingtalk.errors import BotError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except BotError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rag_on_dingtalk", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    check = commands.add_parser("check", help="say what is wrong with bots.yaml")
    check.add_argument("file", nargs="?", type=Path, default=Path("bots.yaml"))
    check.set_defaults(run=_check)

    compile_ = commands.add_parser("compile", help="turn bots.yaml into the JSON that the functions load")
    compile_.add_argument("file", nargs="?", type=Path, default=Path("bots.yaml"))
    compile_.add_argument("-o", "--output", type=Path, default=Path("bots.json"))
    compile_.set_defaults(run=_compile)

    tables = commands.add_parser("tables", help="show the Tablestore tables, or create the missing ones")
    tables.add_argument("--create", action="store_true", help="needs TABLESTORE_ENDPOINT and the access key")
    tables.set_defaults(run=_tables)
    return parser


def _check(arguments: argparse.Namespace) -> None:
    bots = load_bots(arguments.file).bots
    for name, bot in bots.items():
        print(f"{name}: {bot.title}, {bot.backend.base_url}, callback path /robot/{name}")  # noqa: T201


def _compile(arguments: argparse.Namespace) -> None:
    arguments.output.write_bytes(encode_bots(load_bots(arguments.file)))
    print(f"Wrote {arguments.output}.")  # noqa: T201


def _tables(arguments: argparse.Namespace) -> None:
    from rag_on_dingtalk.state.tables import TABLES

    for table in TABLES:
        key = ", ".join(f"{name} {kind}" for name, kind in table.key)
        print(f"{table.name}: key {key}; rows live {table.days} days")  # noqa: T201
    if not arguments.create:
        return
    from rag_on_dingtalk.state.schema import create_tables

    made = create_tables(
        TABLES,
        endpoint=_needed("TABLESTORE_ENDPOINT"),
        instance=_needed("TABLESTORE_INSTANCE"),
        credentials=(
            _needed("ALIBABA_CLOUD_ACCESS_KEY_ID"),
            _needed("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
            os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        ),
    )
    print(f"Created: {', '.join(made)}." if made else "All tables are there already.")  # noqa: T201


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(f"The environment variable {name} is empty. Set it, e.g. in .env.")
    return value
