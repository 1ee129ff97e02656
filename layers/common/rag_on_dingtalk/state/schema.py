"""Creating the tables: at deploy time and when the local system starts, never while somebody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.state.sdk import tablestore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.state.tables import Table

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
        there = set(client.list_table())
        missing = [table for table in tables if table.name not in there]
        for table in missing:
            client.create_table(
                tablestore.TableMeta(table.name, list(table.key)),
                tablestore.TableOptions(time_to_live=table.ttl_seconds, max_version=_VERSIONS),
                tablestore.ReservedThroughput(tablestore.CapacityUnit(_PAY_PER_USE, _PAY_PER_USE)),
            )
    except tablestore.OTSServiceError as error:
        raise StateError(error.code, str(error.message)) from error
    except Exception as error:  # urllib3's errors share no base with the SDK's
        raise StateError("unreachable", f"{type(error).__name__}: {error}") from error
    return [table.name for table in missing]
