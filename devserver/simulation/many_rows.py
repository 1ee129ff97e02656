"""The methods of `storage/rows/many_rows.py`, at the same seam as `tablestore.py`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from devserver.simulation.services.conditions import outcome_of
from rag_on_dingtalk.storage.rows.changes import Delete

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from devserver.simulation.services.tablestore import Tables
    from rag_on_dingtalk.storage.rows.changes import Change, Put
    from rag_on_dingtalk.storage.rows.client import Columns, Key, Value
    from rag_on_dingtalk.storage.tables import Table


class ManyMemoryRows:
    """Several rows in one request, new rows, stretches of a table."""

    _tables: Tables

    async def _call(
        self,
        operation: str,
        table: Table,
        key: tuple[Value, ...],
        carry_out: Callable[[], Any],
        *,
        writes: bool,
        condition: object | None = None,
    ) -> Any:
        raise NotImplementedError

    async def _many(
        self, table: Table, limit: int, wanted: Callable[[tuple[Value, ...]], bool]
    ) -> list[tuple[Key, Columns]]:
        raise NotImplementedError

    async def write_all(self, changes: Sequence[Change]) -> list[str]:
        """As `Rows.write_all`; the rows of one request are written at one moment."""

        def _write() -> list[str]:
            for change in changes:
                rows = self._tables.rows.setdefault(change.table.name, {})
                if isinstance(change, Delete):
                    rows.pop(change.key, None)
                else:
                    rows[change.key] = outcome_of(change, rows.get(change.key))
            return []

        first = changes[0]
        failed: list[str] = await self._call("batch", first.table, first.key, _write, writes=True)
        return failed

    async def put_new(self, change: Put) -> bool:
        """As `Rows.put_new`."""

        def _write() -> bool:
            rows = self._tables.rows.setdefault(change.table.name, {})
            new = change.key not in rows
            rows.setdefault(change.key, outcome_of(change, None))
            return new

        return bool(await self._call("put", change.table, change.key, _write, writes=True))

    async def last(self, table: Table, first: str) -> tuple[Key, Columns] | None:
        """As `Rows.last`."""
        found = await self._many(table, sys.maxsize, lambda key: key[0] == first)
        return found[-1] if found else None

    async def part(
        self, table: Table, first: str, *, limit: int, until: tuple[Value, ...] = ()
    ) -> tuple[list[tuple[Key, Columns]], tuple[Value, ...]]:
        """As `Rows.part`, forward from the beginning: what the answering code asks for."""

        def _inside(key: tuple[Value, ...]) -> bool:
            return key[0] == first and (not until or key[1:] < until)

        return await self._many(table, limit, _inside), ()

    async def span(
        self, table: Table, start: tuple[Value, ...], end: tuple[Value, ...], **_: int
    ) -> AsyncIterator[tuple[Key, Columns]]:
        """As `Rows.span`; a schedule's tables fit on one page."""
        for row in await self._many(table, sys.maxsize, lambda key: start <= key < end):
            yield row
