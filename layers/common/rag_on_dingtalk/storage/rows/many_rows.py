"""Several rows in one request, new rows, and stretches of a table: what the journal needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.changes import batch, primary_key
from rag_on_dingtalk.storage.rows.connection import Connection
from rag_on_dingtalk.storage.sdk import tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from rag_on_dingtalk.storage.rows.changes import Change, Put, Value
    from rag_on_dingtalk.storage.tables import Table


class ManyRows(Connection):
    """The part of `Rows` that goes beyond one whole row."""

    async def write_all(self, changes: Sequence[Change]) -> list[str]:
        """Write rows of one or more tables in one request, each by itself.

        Returns what was not written, a table and the service's code each; a missing table is one of these.

        Raises:
            StateError: the whole request failed; `ambiguous`: rows may have been written. Counts are then
                not to be sent again.
        """
        request = batch(tuple(changes))
        answer = await self._call(self._client.batch_write_row, request, writes=True)
        failed: list[str] = []
        for outcomes in (answer.table_of_put, answer.table_of_update, answer.table_of_delete):
            for name, rows in outcomes.items():
                failed += [f"{name} {row.error_code}" for row in rows if not row.is_ok]
        return failed

    async def put_new(self, change: Put) -> bool:
        """Write a row that is not there yet; False when there is one.

        Raises:
            StateError: Tablestore did not confirm it; `ambiguous` when it may have happened.
        """
        row = tablestore.Row(primary_key(change), sorted(change.columns.items()))
        wanted = tablestore.Condition(tablestore.RowExistenceExpectation.EXPECT_NOT_EXIST)
        try:
            await self._call(self._client.put_row, change.table.name, row, wanted, writes=True)
        except StateError as error:
            if error.code == "OTSConditionCheckFail":
                return False
            raise
        return True

    async def last(self, table: Table, first: str) -> tuple[tuple[str | int, ...], dict[str, Value]] | None:
        """The last row with this partition key; None when there is none.

        Raises:
            StateError: Tablestore did not answer, or refused.
        """
        names = [name for name, _ in table.key]
        start = [(names[0], first), *((name, tablestore.INF_MAX) for name in names[1:])]
        end = [(names[0], first), *((name, tablestore.INF_MIN) for name in names[1:])]
        _, _, rows, _ = await self._read(
            self._client.get_range, table.name, "BACKWARD", start, end, limit=1, max_version=1
        )
        return _read_row(rows[0]) if rows else None

    async def part(
        self,
        table: Table,
        first: str,
        *,
        limit: int,
        at: tuple[str | int, ...] = (),
        until: tuple[str | int, ...] = (),
        backward: bool = False,
        columns: Sequence[str] = (),
    ) -> tuple[list[tuple[tuple[str | int, ...], dict[str, Value]]], tuple[str | int, ...]]:
        """Rows with this partition key, `limit` at most, and the rest of the key where the next ones begin.

        One request, which Tablestore may end before `limit` at 4 MB; an empty rest: there are no more.

        at: the rest of the key to begin at, itself included. until: the rest of the key before which it ends.
        backward: the last key first.
        columns: only these, and no row that has none of them; none named: all.

        Raises:
            StateError: as for `last`.
        """
        names = [name for name, _ in table.key]
        low, high = tablestore.INF_MIN, tablestore.INF_MAX
        begin, close = (high, low) if backward else (low, high)
        edges = []
        for given, edge in ((at, begin), (until, close)):
            key = (first, *given)
            edges.append([(name, key[n] if n < len(key) else edge) for n, name in enumerate(names)])
        _, following, rows, _ = await self._read(
            self._client.get_range,
            table.name,
            "BACKWARD" if backward else "FORWARD",
            *edges,
            limit=limit,
            max_version=1,
            columns_to_get=list(columns) or None,
        )
        rest = tuple(value for _, value in following[1:]) if following else ()
        return [_read_row(row) for row in rows], rest

    async def span(
        self,
        table: Table,
        start: tuple[str | int, ...],
        end: tuple[str | int, ...],
        *,
        page: int = 500,
        columns: Sequence[str] = (),
    ) -> AsyncIterator[tuple[tuple[str | int, ...], dict[str, Value]]]:
        """The rows whose keys lie from `start` to just before `end`, in order, read `page` at a time.

        Both may leave out columns at their end, and then stand before every row that begins like them.

        columns: as for `part`.

        Raises:
            StateError: as for `last`.
        """
        names = [name for name, _ in table.key]
        at, until = (
            [
                (name, key[position] if position < len(key) else tablestore.INF_MIN)
                for position, name in enumerate(names)
            ]
            for key in (start, end)
        )
        following: Any = at
        while following is not None:
            _, following, rows, _ = await self._read(
                self._client.get_range,
                table.name,
                "FORWARD",
                following,
                until,
                limit=page,
                max_version=1,
                columns_to_get=list(columns) or None,
            )
            for row in rows:
                yield _read_row(row)


def _read_row(row: Any) -> tuple[tuple[str | int, ...], dict[str, Value]]:
    return (
        tuple(value for _, value in row.primary_key),
        {column: value for column, value, *_ in row.attribute_columns},
    )
