"""`python -m rag_on_dingtalk …`: what an engineer does with a deployment."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from rag_on_dingtalk import __version__
from rag_on_dingtalk.cli.deploying import (
    check,
    compile_,
    doctor,
    export,
    plugins,
    register_cards,
    setup,
    tables,
)
from rag_on_dingtalk.cli.operating import audit, canary, cost, curated, evaluate, explain, report, trace
from rag_on_dingtalk.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = (
    setup,
    check,
    explain,
    compile_,
    tables,
    export,
    register_cards,
    doctor,
    evaluate,
    canary,
    cost,
    plugins,
    trace,
    report,
    audit,
    curated,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rag_on_dingtalk", description=__doc__)
    parser.add_argument("--version", action="version", version=f"rag-on-dingtalk {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in _COMMANDS:
        command.add(commands)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except BotError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's output
        return 1
