"""`compile`: `bots.yaml` → what the functions load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.config import encode_bots
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("compile", help="turn bots.yaml into the JSON that the functions load")
    parser.add_argument("file", nargs="?", type=Path, default=Path("bots.yaml"))
    parser.add_argument("-o", "--output", type=Path, default=Path("bots.json"))
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    compiled = encode_bots(load_bots(arguments.file))
    try:
        arguments.output.write_bytes(compiled)
    except OSError as error:
        raise ConfigurationError(
            f"{arguments.output} cannot be written: {error.strerror}. Name another file with --output."
        ) from error
    print(f"Wrote {arguments.output}.")  # noqa: T201 - a command's output
