"""`compile`: `bots.yaml` → what the functions load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.needed import plugins_of
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.files import write_skills
from rag_on_dingtalk.safety.words.word_lists import write_words
from rag_on_dingtalk.settings.bots_document import encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots

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
    bots = load_bots(arguments.file)
    plugins_of(bots.bots)
    try:
        write_words(bots.bots, arguments.file.parent, arguments.output)
        write_skills(bots.bots, arguments.file.parent, arguments.output)
        arguments.output.write_bytes(encode_bots(bots))
    except OSError as error:
        raise ConfigurationError(
            f"{arguments.output} cannot be written: {error.strerror}. Name another file with --output."
        ) from error
    print(f"Wrote {arguments.output}.")  # noqa: T201 - a command's output
