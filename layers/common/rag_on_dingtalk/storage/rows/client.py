"""The few row operations the bot needs, over the real SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.many_rows import ManyRows
from rag_on_dingtalk.storage.sdk import tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from rag_on_dingtalk.storage.tables import Table

Value = str | int | bool | float
Columns = dict[str, Value]
#: The primary key's values in order; a single one may stand by itself.
Key = str | tuple[str | int, ...]

_EDGES = (tablestore.INF_MIN, tablestore.INF_MAX)


class Rows(ManyRows):
    """Reads and writes rows, one at a time; several at once in `ManyRows`. Made as a `Connection` is."""

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


def _key(table: Table, key: Key) -> list[tuple[str, str | int]]:
    values = (key,) if isinstance(key, str) else key
    return [(name, value) for (name, _), value in zip(table.key, values, strict=True)]
