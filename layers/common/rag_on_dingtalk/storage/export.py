"""Reading whole tables, for what is kept outside before they are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.sdk import tablestore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.storage.tables import Table

#: Rows of one request; Tablestore ends a page at 4 MB, whatever is asked for.
_PAGE = 500


def every_row(
    table: Table, *, endpoint: str, instance: str, region: str, credentials: tuple[str, str, str]
) -> Iterator[dict[str, Any]]:
    """Every row, in the order of the key: its key columns and its others by name.

    credentials: access key id, secret, security token (empty for a user's key).

    Raises:
        StateError: Tablestore refused, or could not be reached.
    """
    key_id, secret, token = credentials
    names = [name for name, _ in table.key]
    start: Any = [(name, tablestore.INF_MIN) for name in names]
    end = [(name, tablestore.INF_MAX) for name in names]
    try:
        client = tablestore.OTSClient(
            endpoint,
            key_id,
            secret,
            instance,
            sts_token=token or None,
            region=region or None,
            socket_timeout=20,
            logger_name="export",
        )
        while start is not None:
            _, start, rows, _ = client.get_range(
                table.name, tablestore.Direction.FORWARD, start, end, limit=_PAGE, max_version=1
            )
            for row in rows:
                columns = {name: value for name, value, *_ in row.attribute_columns or ()}
                yield {**dict(row.primary_key), **columns}
    except tablestore.OTSServiceError as error:
        raise StateError(error.code, str(error.message)) from error
    except tablestore.OTSClientError as error:
        raise StateError("unreachable", f"{endpoint!r} cannot be used: {error}") from error
