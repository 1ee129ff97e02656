"""The few row operations the bot needs, over the real SDK, with bounded patience and one kind of error.

The SDK waits 50 s for a socket and retries for up to a minute, which a person does not; and it lets aiohttp's
errors through. Both end here.
"""

from __future__ import annotations

import asyncio
import logging
import random
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import aiohttp

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.resilience.retry import retry
from rag_on_dingtalk.storage.rows.many_rows import ManyRows
from rag_on_dingtalk.storage.sdk import tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from rag_on_dingtalk.storage.tables import Table

Value = str | int | bool | float
Columns = dict[str, Value]
#: The primary key's values in order; a single one may stand by itself.
Key = str | tuple[str | int, ...]

#: A write that failed like this may have been carried out all the same.
_MAY_HAVE_HAPPENED = frozenset(
    (
        "OTSTimeout",
        "OTSInternalServerError",
        "OTSServerUnavailable",
        "HTTP 500",
        "HTTP 502",
        "HTTP 503",
        "HTTP 504",
    )
)

_EDGES = (tablestore.INF_MIN, tablestore.INF_MAX)

#: A failed condition is an outcome here, and the SDK logs each one as an error.
_SDK_LOGGER = "rag_on_dingtalk.tablestore"

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 5.0
_MAX_RETRIES = 4
#: Before a read whose connection was dropped is tried once more.
_AGAIN_SECONDS = (0.05, 0.15)


class _BoundedRetries(tablestore.DefaultRetryPolicy):  # type: ignore[misc]
    """The SDK's own rules on what may be repeated, for about two seconds in all."""

    max_retry_times = _MAX_RETRIES
    max_retry_delay = 1.0
    server_throttling_exception_delay_factor = 0.1
    stability_exception_delay_factor = 0.05


class Rows(ManyRows):
    """Reads and writes rows, one at a time; several at once in `ManyRows`.

    endpoint: `https://<instance>.<region>.vpc.tablestore.aliyuncs.com`, or http for the emulator.
    region: chooses the V4 signature; empty signs V2.
    credentials: (access key id, secret, security token), asked before every call.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        instance: str,
        credentials: Callable[[], tuple[str, str, str]],
        region: str = "",
    ) -> None:
        logging.getLogger(_SDK_LOGGER).setLevel(logging.CRITICAL)
        self._client = tablestore.AsyncOTSClient(
            endpoint,
            instance_name=instance,
            region=region or None,
            credentials_provider=_Provider(credentials),
            socket_timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            retry_policy=_BoundedRetries(),
            logger_name=_SDK_LOGGER,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def get(self, table: Table, key: Key) -> Columns | None:
        """The row, or None. A dropped connection is tried once more: reading twice does no harm.

        Raises:
            StateError: Tablestore did not answer, or refused.
        """
        return await self._get(table, key, None)

    async def get_columns(self, table: Table, key: Key, columns: Sequence[str]) -> Columns:
        """These columns of a row that may have many others, as far as they are there.

        Raises:
            StateError: as for `get`.
        """
        return await self._get(table, key, list(columns)) or {}

    async def _get(self, table: Table, key: Key, columns: list[str] | None) -> Columns | None:
        _, row, _ = await self._read(
            self._client.get_row, table.name, _key(table, key), max_version=1, columns_to_get=columns
        )
        if row is None:
            return None
        return {name: value for name, value, _timestamp in row.attribute_columns}

    async def get_many(
        self, table: Table, keys: Sequence[Key], columns: Sequence[str] = ()
    ) -> list[Columns | None]:
        """The rows in the order of the keys, up to 100, in one request; None for one that is not there.

        columns: only these, and None for a row that has none of them; none named: all.

        Raises:
            StateError: as for `get`; also when one of the rows could not be read.
        """
        request = tablestore.BatchGetRowRequest()
        wanted = [_key(table, key) for key in keys]
        request.add(
            tablestore.TableInBatchGetRowItem(
                table.name, wanted, columns_to_get=list(columns) or None, max_version=1
            )
        )
        answer = await self._read(self._client.batch_get_row, request)
        items = answer.get_result_by_table(table.name)
        for item in items:
            if not item.is_ok:
                raise StateError(str(item.error_code), str(item.error_message))
        return [
            {name: value for name, value, _ in item.row.attribute_columns}
            if item.row is not None and item.row.attribute_columns
            else None
            for item in items
        ]

    async def put(
        self, table: Table, key: Key, columns: Mapping[str, Value], condition: object | None = None
    ) -> bool:
        """Replace the whole row; False when `condition` (a column condition) did not hold.

        Raises:
            StateError: as for `get`; `ambiguous` when the write may have happened.
        """
        row = tablestore.Row(_key(table, key), sorted(columns.items()))
        wanted = tablestore.Condition(tablestore.RowExistenceExpectation.IGNORE, condition)
        try:
            await self._call(self._client.put_row, table.name, row, wanted, writes=True)
        except StateError as error:
            if error.code == "OTSConditionCheckFail":
                return False
            raise
        return True

    async def update(
        self,
        table: Table,
        key: Key,
        *,
        put: Mapping[str, Value] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
        condition: object | None = None,
    ) -> bool:
        """Change columns of the row at one moment, making it if need be; False when `condition` did not hold.

        add: to integer columns; one that is missing counts as 0. The SDK repeats an update of an unknown
            outcome never, so it is the caller's to make it safe: with a condition on what it writes.

        Raises:
            StateError: as for `put`.
        """
        changes: dict[str, object] = {}
        if put:
            changes["put"] = sorted(put.items())
        if remove:
            changes["delete_all"] = list(remove)
        if add:
            changes["increment"] = sorted(add.items())
        row = tablestore.Row(_key(table, key), changes)
        wanted = tablestore.Condition(tablestore.RowExistenceExpectation.IGNORE, condition)
        try:
            await self._call(self._client.update_row, table.name, row, wanted, writes=True)
        except StateError as error:
            if error.code == "OTSConditionCheckFail":
                return False
            raise
        return True

    async def delete(self, table: Table, key: Key, condition: object | None = None) -> bool:
        """Remove the row, if it is there; False when `condition` (a column condition) did not hold.

        Raises:
            StateError: as for `put`.
        """
        row = tablestore.Row(_key(table, key))
        wanted = tablestore.Condition(tablestore.RowExistenceExpectation.IGNORE, condition)
        try:
            await self._call(self._client.delete_row, table.name, row, wanted, writes=True)
        except StateError as error:
            if error.code == "OTSConditionCheckFail":
                return False
            raise
        return True

    async def range(self, table: Table, first: str, *, limit: int) -> list[tuple[Key, Columns]]:
        """The rows with this partition key in the order of their keys, `limit` at most.

        Raises:
            StateError: as for `get`.
        """
        start, end = ([first, *(edge for _ in table.key[1:])] for edge in _EDGES)
        return await self._range(table, start, end, limit)

    async def scan(self, table: Table, *, page: int) -> AsyncIterator[tuple[Key, Columns]]:
        """All rows of the table in the order of their keys, read `page` rows at a time.

        Raises:
            StateError: as for `get`.
        """
        start: list[object] = [_EDGES[0] for _ in table.key]
        end: list[object] = [_EDGES[1] for _ in table.key]
        while True:
            rows = await self._range(table, start, end, page)
            for row in rows:
                yield row
            if len(rows) < page:
                return
            last = rows[-1][0]
            # The next page begins behind the last key; integer and text keys both have a successor.
            *leading, final = (last,) if isinstance(last, str) else last
            start = [*leading, final + 1 if isinstance(final, int) else f"{final}\0"]

    async def _range(
        self, table: Table, start: list[object], end: list[object], limit: int
    ) -> list[tuple[Key, Columns]]:
        names = [name for name, _ in table.key]
        _, _, rows, _ = await self._read(
            self._client.get_range,
            table.name,
            "FORWARD",
            list(zip(names, start, strict=True)),
            list(zip(names, end, strict=True)),
            limit=limit,
            max_version=1,
        )
        return [
            (
                tuple(value for _, value in row.primary_key),
                {column: value for column, value, _ in row.attribute_columns},
            )
            for row in rows
        ]

    async def _read(self, operation: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        read = partial(self._call, operation, *args, writes=False, **kwargs)
        return await retry(read, on=StateError, pause=_before_second_read, sleep=asyncio.sleep)

    async def _call(
        self, operation: Callable[..., Any], *args: object, writes: bool, **kwargs: object
    ) -> Any:
        try:
            return await operation(*args, **kwargs)
        except tablestore.OTSServiceError as error:
            code = cast("str", error.code) or f"HTTP {error.http_status}"
            raise StateError(
                code, str(error.message), ambiguous=writes and code in _MAY_HAVE_HAPPENED
            ) from error
        except (tablestore.OTSClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise StateError("unreachable", f"{type(error).__name__}: {error}", ambiguous=writes) from error


def _before_second_read(error: StateError, failed: int) -> float | None:
    if failed > 1 or error.code != "unreachable":
        return None
    return random.uniform(*_AGAIN_SECONDS)  # noqa: S311 - jitter


class _Provider:
    def __init__(self, credentials: Callable[[], tuple[str, str, str]]) -> None:
        self._credentials = credentials

    def get_credentials(self) -> object:
        """Called by the SDK before it signs a request."""
        key_id, secret, token = self._credentials()
        return tablestore.credentials.Credentials(key_id, secret, token or None)


def _key(table: Table, key: Key) -> list[tuple[str, str | int]]:
    values = (key,) if isinstance(key, str) else key
    return [(name, value) for (name, _), value in zip(table.key, values, strict=True)]
