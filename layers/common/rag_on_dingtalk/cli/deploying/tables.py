"""`tables`: show the Tablestore tables, or create the missing ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.acting import recorded
from rag_on_dingtalk.cli.needed import access_key, needed
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.storage import instance_name
from rag_on_dingtalk.storage.tables import TABLES

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("tables", help="show the Tablestore tables, or create the missing ones")
    parser.add_argument("--create", action="store_true", help="needs TABLESTORE_ENDPOINT and the access key")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    for table in TABLES:
        key = ", ".join(f"{name} {kind}" for name, kind in table.key)
        print(f"{table.name}: key {key}; rows live {table.days} days")  # noqa: T201 - a command's output
    if not arguments.create:
        return
    from rag_on_dingtalk.storage.schema import create_tables  # the SDK is heavy

    instance = needed("TABLESTORE_INSTANCE")
    if problem := instance_name.problem(instance):
        raise ConfigurationError(f"TABLESTORE_INSTANCE: {problem} Set the name of one that exists.")
    made = create_tables(
        TABLES,
        endpoint=needed("TABLESTORE_ENDPOINT"),
        instance=instance,
        credentials=access_key(),
    )
    if made:
        asyncio.run(recorded("tables.created", what=", ".join(made)))
    print(f"Created: {', '.join(made)}." if made else "All tables are there already.")  # noqa: T201 - as above
