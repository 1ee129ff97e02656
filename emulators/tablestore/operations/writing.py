"""One row written: expectation, condition and change as a single atomic step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from emulators.tablestore.errors import condition_failed, invalid, row_conflict
from emulators.tablestore.operations.changes import Kind, RowChange
from emulators.tablestore.store.capacity import consumed, size_of_cells, units
from emulators.tablestore.store.stored import read_stored
from emulators.tablestore.store.versions import to_cells
from emulators.tablestore.wire.plainbuffer import Cell, CellOperation, WireRow, encode_row
from emulators.tablestore.wire.protobuf import pb2
from emulators.tablestore.wire.values import INT64_MAX, INT64_MIN, Marker

if TYPE_CHECKING:
    from emulators.tablestore.context import Context
    from emulators.tablestore.store.table import Table
    from emulators.tablestore.store.versions import Columns


@dataclass(frozen=True)
class Written:
    """The outcome of a write: a ConsumedCapacity message and the row to answer with, if any."""

    consumed: Any
    row: bytes | None


def write_row(context: Context, table: Table, change: RowChange) -> Written:
    """Carry out one change, or raise and leave the row as it was."""
    if context.conflicts():
        raise row_conflict()
    if change.kind is Kind.UPDATE and not table.allow_update:
        raise invalid(f"Table {table.name!r} does not allow UpdateRow (allow_update is false).")
    table.key_values(change.key)
    if change.takes_auto_increment:
        change = _with_next_key(context, table, change)
    key = table.row_key(change.key)
    now_ms = context.now_ms()
    for cell in change.cells:
        if cell.operation is None:
            table.check_version(cell, now_ms)

    columns = load_columns(context, table, key)
    _check_condition(change, columns)
    if change.kind is Kind.UPDATE:
        changed = _updated(columns, change.cells, now_ms)
    else:
        changed = _put({}, change.cells, now_ms)
    # A row without a readable column is no row: that is what GetRow would say about it.
    kept = table.retention.keep(changed, now_ms)
    if kept:
        context.store.put_row(table, key, encode_row(WireRow(change.key, to_cells(kept))))
    else:
        context.store.delete_row(table, key)
    return Written(_consumed(change), _returned_row(change, changed))


def load_columns(context: Context, table: Table, key: bytes) -> Columns:
    """What can be read of a stored row now; nothing if it is missing or expired."""
    stored = context.store.row(table, key)
    if stored is None:
        return {}
    return table.retention.keep(read_stored(stored)[1], context.now_ms())


def _with_next_key(context: Context, table: Table, change: RowChange) -> RowChange:
    if change.kind is not Kind.PUT:
        raise invalid("Only PutRow can let the service choose a primary key column.")
    if change.existence != pb2.IGNORE:
        expectation = pb2.RowExistenceExpectation.Name(change.existence)
        raise invalid(f"Invalid expect:{expectation} when modify row with pk auto increment.")
    if change.condition is not None:
        raise invalid("Can't set condition when modify row with pk auto increment.")
    # Real values look like the time in microseconds: increasing, with gaps.
    value = context.store.next_auto_increment(table, at_least=context.now_ms() * 1000)
    key = tuple(
        replace(cell, value=value) if cell.value is Marker.AUTO_INCREMENT else cell for cell in change.key
    )
    return replace(change, key=key)


def _check_condition(change: RowChange, columns: Columns) -> None:
    if change.existence == pb2.EXPECT_EXIST and not columns:
        raise condition_failed("Row does not exist which is expected existent")
    if change.existence == pb2.EXPECT_NOT_EXIST and columns:
        raise condition_failed("Row exists which is expected nonexistent")
    if change.condition is not None and not change.condition.holds(columns):
        raise condition_failed()


def _put(columns: Columns, cells: tuple[Cell, ...], now_ms: int) -> Columns:
    for cell in cells:
        version = now_ms if cell.timestamp is None else cell.timestamp
        columns.setdefault(cell.name, {})[version] = cell.attribute
    return columns


def _updated(columns: Columns, cells: tuple[Cell, ...], now_ms: int) -> Columns:
    for cell in cells:
        if cell.operation is None:
            _put(columns, (cell,), now_ms)
        elif cell.operation is CellOperation.INCREMENT:
            _increment(columns, cell, now_ms)
        elif cell.operation is CellOperation.DELETE_ALL_VERSION:
            columns.pop(cell.name, None)
        elif cell.timestamp is not None:
            columns.get(cell.name, {}).pop(cell.timestamp, None)
    return columns


def _increment(columns: Columns, cell: Cell, now_ms: int) -> None:
    versions = columns.setdefault(cell.name, {})
    newest = max(versions, default=now_ms)
    before = versions.get(newest, 0)
    if type(before) is not int or type(cell.value) is not int:
        raise invalid(f"Column {cell.name!r} is not an INTEGER and cannot be incremented.")
    after = before + cell.value
    if not INT64_MIN <= after <= INT64_MAX:
        raise invalid(f"Column {cell.name!r} would leave the range of a 64-bit integer.")
    # The sum is the newest version even where a writer dated the one before into the future.
    versions[max(newest, now_ms)] = after


def _consumed(change: RowChange) -> Any:
    conditional = change.existence != pb2.IGNORE or change.condition is not None
    read = units(size_of_cells(change.key)) if conditional else 0
    return consumed(read=read, write=units(change.size))


def _returned_row(change: RowChange, columns: Columns) -> bytes | None:
    if change.returns_key:
        return encode_row(WireRow(change.key))
    if change.returned_columns:
        newest = {name: max(columns[name]) for name in change.returned_columns}
        cells = (Cell(name, columns[name][ms], timestamp=ms) for name, ms in sorted(newest.items()))
        return encode_row(WireRow(change.key, tuple(cells)))
    return None
