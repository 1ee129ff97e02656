"""Creating the tables: at deploy time and when the local system starts, never while a question waits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.sdk import tablestore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag_on_dingtalk.storage.tables import Table

_VERSIONS = 1
_PAY_PER_USE = 0


def create_tables(
    tables: Sequence[Table], *, endpoint: str, instance: str, credentials: tuple[str, str, str]
) -> list[str]:
    """Create what is missing; returns the names of the tables it made.

    credentials: access key id, secret, security token (empty for a user's key).

    Raises:
        StateError: Tablestore refused, or could not be reached.
    """
    with _client(endpoint, instance, credentials) as client:
        there = set(client.list_table())
        missing = [table for table in tables if table.name not in there]
        for table in missing:
            client.create_table(
                tablestore.TableMeta(table.name, list(table.key)),
                tablestore.TableOptions(
                    time_to_live=table.ttl_seconds, max_version=_VERSIONS, allow_update=table.updates
                ),
                tablestore.ReservedThroughput(tablestore.CapacityUnit(_PAY_PER_USE, _PAY_PER_USE)),
            )
    return [table.name for table in missing]


def compare_tables(
    tables: Sequence[Table], *, endpoint: str, instance: str, credentials: tuple[str, str, str]
) -> dict[str, str]:
    """How each table differs from its description: `missing`, a difference in words, or nothing.

    credentials: as for `create_tables`.

    Raises:
        StateError: Tablestore refused, or could not be reached.
    """
    with _client(endpoint, instance, credentials) as client:
        there = set(client.list_table())
        return {
            table.name: _difference(table, client.describe_table(table.name))
            if table.name in there
            else "missing"
            for table in tables
        }


def _difference(table: Table, found: Any) -> str:
    key = tuple((name, kind) for name, kind, *_ in found.table_meta.schema_of_primary_key)
    if key != table.key:
        theirs = ", ".join(f"{name} {kind}" for name, kind in key)
        return f"has the primary key {theirs}, which cannot be changed"
    seconds = found.table_options.time_to_live
    if seconds != table.ttl_seconds:
        kept = "for ever" if seconds < 0 else f"{seconds / 86_400:g} days"
        return f"keeps rows {kept} instead of {table.days} days"
    if found.table_options.allow_update is not table.updates:
        return f"{'refuses' if table.updates else 'allows'} UpdateRow, which is fixed when a table is made"
    return ""


@contextmanager
def _client(endpoint: str, instance: str, credentials: tuple[str, str, str]) -> Iterator[Any]:
    key_id, secret, token = credentials
    try:
        client = tablestore.OTSClient(
            endpoint,
            key_id,
            secret,
            instance,
            sts_token=token or None,
            socket_timeout=10,
            logger_name="tables",
        )
    except tablestore.OTSClientError as error:
        raise StateError("unreachable", f"{endpoint!r} is no endpoint: {error}") from error
    try:
        yield client
    except tablestore.OTSServiceError as error:
        raise StateError(error.code, str(error.message)) from error
    except Exception as error:  # urllib3's errors share no base with the SDK's
        raise StateError("unreachable", f"{type(error).__name__}: {error}") from error
