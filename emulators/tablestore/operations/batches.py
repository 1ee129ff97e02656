"""BatchGetRow and BatchWriteRow: many rows in one request, each succeeding or failing on its own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from emulators.tablestore import limits
from emulators.tablestore.errors import ServiceError, invalid
from emulators.tablestore.operations.changes import Kind, RowChange, check_write_size, read_change, read_key
from emulators.tablestore.operations.reads import parse_read
from emulators.tablestore.operations.writing import load_columns, write_row
from emulators.tablestore.store.capacity import consumed, units
from emulators.tablestore.wire.plainbuffer import encode_row
from emulators.tablestore.wire.protobuf import pb2

if TYPE_CHECKING:
    from emulators.tablestore.context import Context
    from emulators.tablestore.operations.reads import Read
    from emulators.tablestore.wire.plainbuffer import Cell


def _error(error: ServiceError) -> Any:
    return pb2.Error(code=error.code, message=error.message)


def _check_table_names(tables: Any) -> None:
    for name, mentions in Counter(table.table_name for table in tables).items():
        limits.check_name(name, "table")
        if mentions > 1:
            raise invalid(f"Duplicated table name: {name}.")


def batch_get_row(context: Context, request: Any) -> Any:
    """Rows by key from several tables, answered in the order they were asked for."""
    rows = sum(len(table.primary_key) for table in request.tables)
    if not rows:
        raise invalid("No row specified in the request of BatchGetRow.")
    limits.check_row_count(rows, limits.ROWS_PER_BATCH_GET)
    _check_table_names(request.tables)
    wanted = [
        (table.table_name, parse_read(table), [read_key(key) for key in table.primary_key])
        for table in request.tables
    ]
    return pb2.BatchGetRowResponse(
        tables=[
            pb2.TableInBatchGetRowResponse(
                table_name=name, rows=[_get(context, name, read, key) for key in keys]
            )
            for name, read, keys in wanted
        ]
    )


def _get(context: Context, table_name: str, read: Read, key: tuple[Cell, ...]) -> Any:
    try:
        table = context.table(table_name)
        found = read.row(table, key, load_columns(context, table, table.row_key(key)))
    except ServiceError as error:
        return pb2.RowInBatchGetRowResponse(is_ok=False, error=_error(error))
    return pb2.RowInBatchGetRowResponse(
        is_ok=True,
        consumed=consumed(read=units(found.size)),
        row=None if found.row is None else encode_row(found.row),
    )


def batch_write_row(context: Context, request: Any) -> Any:
    """Rows put, updated and deleted in several tables, one after the other in the order given."""
    if request.HasField("transaction_id"):
        raise invalid("TransactionID is invalid.")
    if not request.tables:
        raise invalid("No row is specified in BatchWriteRow.")
    _check_table_names(request.tables)
    for table in request.tables:
        if not table.rows:
            raise invalid(f"No operation is specified for table: '{table.table_name}'.")
    limits.check_row_count(sum(len(table.rows) for table in request.tables), limits.ROWS_PER_BATCH_WRITE)
    changes = {table.table_name: [_change(row) for row in table.rows] for table in request.tables}
    check_write_size(change for table in changes.values() for change in table)
    for table in changes.values():
        _check_repeated_rows(table)
    return pb2.BatchWriteRowResponse(
        tables=[
            pb2.TableInBatchWriteRowResponse(
                table_name=name, rows=[_write(context, name, change) for change in rows]
            )
            for name, rows in changes.items()
        ]
    )


def _change(row: Any) -> RowChange:
    return read_change(Kind(row.type), row.row_change, row.condition, row.return_content)


def _check_repeated_rows(changes: list[RowChange]) -> None:
    mentions = Counter(change.key for change in changes)
    for change in changes:
        if mentions[change.key] == 1 or change.takes_auto_increment:
            continue
        if change.existence != pb2.IGNORE:
            raise invalid("Repeated rows do not support row exist expectation check in BatchModify.")
        if change.condition is not None:
            raise invalid("Repeated rows do not support row condition check in BatchModify.")
        if change.increments:
            raise invalid("Repeated rows do not support increment in BatchModify.")


def _write(context: Context, table_name: str, change: RowChange) -> Any:
    try:
        written = write_row(context, context.table(table_name), change)
    except ServiceError as error:
        return pb2.RowInBatchWriteRowResponse(is_ok=False, error=_error(error))
    return pb2.RowInBatchWriteRowResponse(is_ok=True, consumed=written.consumed, row=written.row)
