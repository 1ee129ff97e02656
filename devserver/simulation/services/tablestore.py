"""Tablestore in memory, at the seam of `storage/rows/client.py:Rows`.

`table_call.py` has a call's way there and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devserver.simulation.many_rows import ManyMemoryRows
from devserver.simulation.services.accesses import Access, Ownership
from devserver.simulation.services.conditions import holds, only, updated
from devserver.simulation.services.table_call import TableCall
from devserver.simulation.world import World, here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from devserver.simulation.plan.weather import Weather
    from devserver.simulation.world import Work
    from rag_on_dingtalk.storage.rows.client import Columns, Key, Value
    from rag_on_dingtalk.storage.tables import Table

_TURNS, _SESSIONS = "turns", "sessions"


class Tables:
    """The service: rows in memory.

    row_state: (owner, whether the question is finished) of a row of `turns`.
    """

    def __init__(
        self, world: World, weather: Weather, *, row_state: Callable[[Mapping[str, Any]], tuple[str, bool]]
    ) -> None:
        self.world = world
        self.weather = weather
        self.row_state = row_state
        self.rows: dict[str, dict[tuple[Value, ...], Columns]] = {}
        self.accesses: list[Access] = []
        self.ownership: dict[str, list[Ownership]] = {}

    def turn(self, turn_id: str) -> Columns | None:
        """One question's row."""
        return self.rows.get(_TURNS, {}).get((turn_id,))

    def applied(self, table: str, key: tuple[Value, ...], work: Work | None) -> None:
        """A write was carried out: keep account of who owns the question now."""
        if table != _TURNS:
            return
        turn_id = str(key[0])
        row = self.turn(turn_id)
        owner, finished = self.row_state(row) if row is not None else ("", False)
        spans = self.ownership.setdefault(turn_id, [])
        if not spans or spans[-1].owner != owner:
            spans.append(Ownership(self.world.loop.time(), owner))
            self.world.note("turn.owned", turn_id, owner, process=work.process if work else None)
        if finished:
            self.world.note("turn.finished", turn_id, process=work.process if work else None)


class MemoryRows(ManyMemoryRows):
    """One instance's client: the methods of `Rows`, with the same answers and the same errors."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._world = tables.world

    async def close(self) -> None:
        """There are no connections."""

    async def get_columns(self, table: Table, key: Key, columns: Sequence[str]) -> Columns:
        """As `Rows.get_columns`."""
        row = await self.get(table, key) or {}
        return {name: row[name] for name in columns if name in row}

    async def get(self, table: Table, key: Key) -> Columns | None:
        """As `Rows.get`."""
        whole = _whole(key)

        def _read() -> Columns | None:
            row = self._tables.rows.get(table.name, {}).get(whole)
            return None if row is None else dict(row)

        found: Columns | None = await self._call("get", table, whole, _read, writes=False)
        return found

    async def get_many(
        self, table: Table, keys: Sequence[Key], columns: Sequence[str] = ()
    ) -> list[Columns | None]:
        """As `Rows.get_many`."""

        def _read() -> list[Columns | None]:
            rows = self._tables.rows.get(table.name, {})
            return [only(rows.get(_whole(key)), columns) for key in keys]

        found: list[Columns | None] = await self._call("get_many", table, (), _read, writes=False)
        return found

    async def put(
        self, table: Table, key: Key, columns: Mapping[str, Value], condition: object | None = None
    ) -> bool:
        """As `Rows.put`."""
        whole, row = _whole(key), dict(columns)

        def _write() -> bool:
            rows = self._tables.rows.setdefault(table.name, {})
            if not holds(condition, rows.get(whole)):
                return False
            rows[whole] = row
            return True

        took: bool = await self._call("put", table, whole, _write, writes=True, condition=condition)
        return took

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
        """As `Rows.update`."""
        whole = _whole(key)

        def _change() -> bool:
            rows = self._tables.rows.setdefault(table.name, {})
            if not holds(condition, rows.get(whole)):
                return False
            rows[whole] = updated(rows.get(whole, {}), put or {}, add or {}, remove)
            return True

        return bool(await self._call("update", table, whole, _change, writes=True, condition=condition))

    async def delete(self, table: Table, key: Key, condition: object = None) -> bool:
        """As `Rows.delete`."""
        whole = _whole(key)

        def _remove() -> bool:
            rows = self._tables.rows.setdefault(table.name, {})
            if not holds(condition, rows.get(whole)):
                return False
            rows.pop(whole, None)
            return True

        return bool(await self._call("delete", table, whole, _remove, writes=True))

    async def range(self, table: Table, first: str, *, limit: int) -> list[tuple[Key, Columns]]:
        """As `Rows.range`."""
        return await self._many(table, limit, lambda key: key[0] == first)

    async def scan(self, table: Table, *, page: int) -> AsyncIterator[tuple[Key, Columns]]:
        """As `Rows.scan`; a schedule's tables fit on one page."""
        for row in await self._many(table, page, lambda _: True):
            yield row

    async def _many(
        self, table: Table, limit: int, wanted: Callable[[tuple[Value, ...]], bool]
    ) -> list[tuple[Key, Columns]]:
        def _read() -> list[tuple[Key, Columns]]:
            rows = self._tables.rows.get(table.name, {})
            keys = sorted(key for key in rows if wanted(key))
            return [(key, dict(rows[key])) for key in keys[:limit]]  # type: ignore[misc]

        found: list[tuple[Key, Columns]] = await self._call("range", table, (), _read, writes=False)
        return found

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
        process, work = here()
        turn_id = str(key[0]) if table.name == _TURNS and key else ""
        if table.name == _TURNS:
            # The event first: an outage that it triggers strikes this very call.
            self._world.note(f"turn.{operation}", turn_id, process=process)
            self._announce(turn_id, work, condition, writes=writes)
        elif table.name == "answers":
            self._world.note(f"answers.{operation}", work.turn_id if work else "", process=process)
        elif key and str(key[0]).startswith("limit:"):
            self._world.note(f"limit.{operation}", work.turn_id if work else "", process=process)
        elif key and table.name == _SESSIONS and str(key[0]).startswith("f"):
            self._world.note(f"flow.{operation}", work.turn_id if work else "", process=process)
        access = Access(turn_id, work, writes, self._world.loop.time())
        if turn_id:
            self._tables.accesses.append(access)
        call = TableCall(self._tables, table.name, key, access, carry_out)
        return await call.begin(operation, self._tables.weather.fate(process))

    def _announce(self, turn_id: str, work: Work | None, condition: object, *, writes: bool) -> None:
        """Faults can be aimed at an invocation that looks at a question that another invocation has."""
        row = self._tables.turn(turn_id)
        if row is None or work is None:
            return
        owner, finished = self._tables.row_state(row)
        if owner == work.owner or finished:
            return
        self._world.note("turn.polled", turn_id, process=work.process)
        if writes and holds(condition, row):
            self._world.note("turn.claim", turn_id, process=work.process)


def _whole(key: Key) -> tuple[Value, ...]:
    return (key,) if isinstance(key, str) else tuple(key)
