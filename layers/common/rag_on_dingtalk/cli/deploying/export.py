"""`export`: what people asked and said about answers, as JSON lines, before the tables are removed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.cli.acting import recorded
from rag_on_dingtalk.cli.needed import access_key, needed
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.storage.tables import TABLES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from typing import TextIO

    from rag_on_dingtalk.cli.needed import Commands

#: Of people; the others are what the bot needs while it works.
_WANTED = ("feedback", "turns")
_BY_NAME = {table.name: table for table in TABLES}


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("export", help="write questions, answers and feedback as JSON lines")
    parser.add_argument(
        "tables", nargs="*", metavar="table", help=f"of {', '.join(_BY_NAME)} (default: {' '.join(_WANTED)})"
    )
    parser.add_argument("--output", type=Path, help="a file that does not exist yet (default: the terminal)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from rag_on_dingtalk.storage.export import every_row  # the SDK is heavy

    names = arguments.tables or list(_WANTED)
    unknown = sorted(set(names) - set(_BY_NAME))
    if unknown:
        raise ConfigurationError(f"There is no table {', '.join(unknown)}. Tables: {', '.join(_BY_NAME)}.")
    where: dict[str, Any] = {
        "endpoint": needed("TABLESTORE_ENDPOINT"),
        "instance": needed("TABLESTORE_INSTANCE"),
        "region": os.environ.get("DEPLOY_REGION", ""),
        "credentials": access_key(),
    }
    with opened(arguments.output) as out:
        for name in names:
            count = _write(name, every_row(_BY_NAME[name], **where), out)
            print(f"{name}: {count} rows", file=sys.stderr)  # noqa: T201 - a command's output
    asyncio.run(recorded("data.exported", what=", ".join(names)))


def _write(table: str, rows: Iterable[dict[str, Any]], out: TextIO) -> int:
    count = 0
    for row in rows:
        out.write(json.dumps({"table": table, **row}, ensure_ascii=False, default=_hex) + "\n")
        count += 1
    return count


def _hex(value: Any) -> str:
    """Binary columns; there are none today."""
    return bytes(value).hex()


def opened(path: Path | None) -> Any:
    """Where the rows go: a new file for the owner's eyes, or the terminal.

    Raises:
        ConfigurationError: the file is there already, or cannot be made.
    """
    if path is None:
        return nullcontext(sys.stdout)
    try:
        # Questions are personal data: for the owner's eyes.
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error}. Name a new file.") from error
