"""`tables`: show the Tablestore tables, or create the missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.needed import access_key, needed
from rag_on_dingtalk.state.tables import TABLES

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
    from rag_on_dingtalk.state.schema import create_tables  # the SDK is heavy

    made = create_tables(
        TABLES,
        endpoint=needed("TABLESTORE_ENDPOINT"),
        instance=needed("TABLESTORE_INSTANCE"),
        credentials=access_key(),
    )
    print(f"Created: {', '.join(made)}." if made else "All tables are there already.")  # noqa: T201 - as above
