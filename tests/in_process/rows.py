"""Tablestore as a dictionary, at the seam of `storage.rows.client.Rows`."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any

from devserver.simulation.services.conditions import holds, only, outcome_of, updated
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.changes import Delete

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from rag_on_dingtalk.storage.rows.changes import Change, Put
    from rag_on_dingtalk.storage.rows.client import Columns, Key
    from rag_on_dingtalk.storage.tables import Table


class MemoryRows:
    """`storage.rows.client.Rows` over a dictionary.

    away: every call is refused. tables_away: calls to these tables are.
    """

    def __init__(self) -> None:
        self.tables: dict[str, dict[tuple[Any, ...], Columns]] = {}
        self.calls: list[str] = []
        #: By ranges, of which one request reads many.
        self.rows_read = 0
        self.away = False
        self.tables_away: set[str] = set()
        #: Tables that this deployment has not.
        self.missing: set[str] = set()

    async def get(self, table: Table, key: Key) -> Columns | None:
        await self._arrive(f"get {table.name}")
        return copy.copy(self._rows(table).get(_whole(key)))

    async def get_many(
        self, table: Table, keys: Sequence[Key], columns: Sequence[str] = ()
    ) -> list[Columns | None]:
        await self._arrive(f"get_many {table.name}")
        return [only(self._rows(table).get(_whole(key)), columns) for key in keys]

    async def put(self, table: Table, key: Key, columns: Mapping[str, Any], condition: object = None) -> bool:
        await self._arrive(f"put {table.name}")
        if not holds(condition, self._rows(table).get(_whole(key))):
            return False
        self._rows(table)[_whole(key)] = dict(columns)
        return True

    async def get_columns(self, table: Table, key: Key, columns: Sequence[str]) -> Columns:
        row = await self.get(table, key) or {}
        return {name: row[name] for name in columns if name in row}

    async def update(
        self,
        table: Table,
        key: Key,
        *,
        put: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
        condition: object = None,
    ) -> bool:
        await self._arrive(f"update {table.name}")
        row = self._rows(table).get(_whole(key))
        if not holds(condition, row):
            return False
        self._rows(table)[_whole(key)] = updated(row or {}, put or {}, add or {}, remove)
        return True

    async def delete(self, table: Table, key: Key, condition: object = None) -> bool:
        await self._arrive(f"delete {table.name}")
        if not holds(condition, self._rows(table).get(_whole(key))):
            return False
        self._rows(table).pop(_whole(key), None)
        return True

    async def range(self, table: Table, first: str, *, limit: int) -> list[tuple[Key, Columns]]:
        await self._arrive(f"range {table.name}")
        rows = self._rows(table)
        found: list[tuple[Key, Columns]] = [(key, dict(rows[key])) for key in sorted(rows) if key[0] == first]
        return found[:limit]

    async def scan(self, table: Table, **_: int) -> AsyncIterator[tuple[Key, Columns]]:
        await self._arrive(f"scan {table.name}")
        for key, row in sorted(self._rows(table).items()):
            yield key, dict(row)

    async def write_all(self, changes: Sequence[Change]) -> list[str]:
        await self._arrive("batch " + " ".join(change.table.name for change in changes))
        missing = [f"{one.table.name} OTSObjectNotExist" for one in changes if one.table.name in self.missing]
        for change in changes:
            if change.table.name not in self.missing:
                rows = self._rows(change.table)
                if isinstance(change, Delete):
                    rows.pop(change.key, None)
                else:
                    rows[change.key] = outcome_of(change, rows.get(change.key))
        return missing

    async def put_new(self, change: Put) -> bool:
        await self._arrive(f"put {change.table.name}")
        return self._rows(change.table).setdefault(change.key, outcome_of(change, None)) == change.columns

    async def last(self, table: Table, first: str) -> tuple[tuple[Any, ...], Columns] | None:
        await self._arrive(f"range {table.name}")
        return max(
            ((key, dict(row)) for key, row in self._rows(table).items() if key[0] == first),
            default=None,
            key=lambda one: one[0],
        )

    async def part(
        self,
        table: Table,
        first: str,
        *,
        limit: int,
        at: tuple[Any, ...] = (),
        until: tuple[Any, ...] = (),
        backward: bool = False,
        columns: Sequence[str] = (),
    ) -> tuple[list[tuple[tuple[Any, ...], Columns]], tuple[Any, ...]]:
        await self._arrive(f"range {table.name}")

        def _inside(key: tuple[Any, ...]) -> bool:
            rest = key[1:]
            if backward:
                return (not at or rest <= at) and (not until or rest > until)
            return (not at or rest >= at) and (not until or rest < until)

        rows = self._rows(table)
        keys = sorted((key for key in rows if key[0] == first and _inside(key)), reverse=backward)
        following = keys[limit][1:] if len(keys) > limit else ()
        read = [(key, found) for key in keys[:limit] if (found := only(rows[key], columns)) is not None]
        self.rows_read += len(read)
        return read, following

    async def span(
        self,
        table: Table,
        start: tuple[Any, ...],
        end: tuple[Any, ...],
        *,
        page: int = 500,
        columns: Sequence[str] = (),
    ) -> AsyncIterator[tuple[tuple[Any, ...], Columns]]:
        inside = [(key, row) for key, row in sorted(self._rows(table).items()) if start <= key < end]
        # One request even where there is nothing, and one for each page.
        for at in range(0, len(inside) + 1, page):
            await self._arrive(f"range {table.name}")
            for key, row in inside[at : at + page]:
                if (found := only(row, columns)) is not None:
                    self.rows_read += 1
                    yield key, found

    async def _arrive(self, call: str) -> None:
        await asyncio.sleep(0)
        self.calls.append(call)
        if call.rsplit(maxsplit=1)[-1] in self.missing and not call.startswith("batch"):
            raise StateError("OTSObjectNotExist", "Requested table does not exist.")
        if self.away or call.split()[1] in self.tables_away:
            raise StateError(
                "unreachable", "Tablestore is away", ambiguous=not call.startswith(("get", "range"))
            )

    def _rows(self, table: Table) -> dict[tuple[Any, ...], Columns]:
        return self.tables.setdefault(table.name, {})


def _whole(key: Key) -> tuple[Any, ...]:
    return (key,) if isinstance(key, str) else key
