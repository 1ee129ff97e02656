"""`trace`: a question's life, from what Tablestore keeps of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.acting import recorded
from rag_on_dingtalk.cli.needed import access_key, needed
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.models.question import is_turn_id
from rag_on_dingtalk.observability.life import life

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.storage.rows.client import Rows


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser(
        "trace",
        help="print what became of one question",
        description="Print one question's life: when it came, how long each step took, what came of it. "
        "Its words are not printed without --words.",
    )
    parser.add_argument("turn_id", help="`turn_id` of a log line, or `outTrackId` of a card")
    parser.add_argument("--words", action="store_true", help="print the question and the answer, too")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    import asyncio

    if not is_turn_id(arguments.turn_id):
        raise ConfigurationError(f"{arguments.turn_id!r} is no turn id: those are a t and 31 hex digits.")
    lines = asyncio.run(_life(arguments.turn_id, words=arguments.words))
    if arguments.words:
        asyncio.run(recorded("question.read", what=arguments.turn_id))
    for line in lines:
        print(line)  # noqa: T201 - a command's output


async def _life(turn_id: str, *, words: bool) -> list[str]:
    from rag_on_dingtalk.storage.journal.lives import read_life

    rows = open_rows()
    try:
        return life(await read_life(rows, turn_id), words=words)
    finally:
        await rows.close()


def open_rows() -> Rows:
    """Tablestore, as the environment names it; to be closed.

    Raises:
        ConfigurationError: a variable is missing.
    """
    from rag_on_dingtalk.storage.rows.client import Rows  # the SDK is heavy

    key = access_key()
    return Rows(
        endpoint=needed("TABLESTORE_ENDPOINT"),
        instance=needed("TABLESTORE_INSTANCE"),
        region=os.environ.get("DEPLOY_REGION", ""),
        credentials=lambda: key,
    )
