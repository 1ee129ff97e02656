"""PutRow, UpdateRow, DeleteRow, GetRow and GetRange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.tablestore import limits
from emulators.tablestore.errors import invalid
from emulators.tablestore.operations.changes import Kind, read_change, read_key
from emulators.tablestore.operations.reads import parse_read, read_rows
from emulators.tablestore.operations.writing import load_columns, write_row
from emulators.tablestore.store.capacity import consumed, units
from emulators.tablestore.wire.plainbuffer import WireRow, encode_row, encode_rows
from emulators.tablestore.wire.protobuf import pb2

if TYPE_CHECKING:
    from emulators.tablestore.context import Context


def _refuse_transaction(request: Any) -> None:
    # StartLocalTransaction is not emulated, so no id can be a valid one.
    if request.HasField("transaction_id"):
        raise invalid("TransactionID is invalid.")


def _write(context: Context, request: Any, kind: Kind, row: bytes, response: Any) -> Any:
    _refuse_transaction(request)
    change = read_change(kind, row, request.condition, request.return_content)
    written = write_row(context, context.table(request.table_name), change)
    return response(consumed=written.consumed, row=written.row)


def put_row(context: Context, request: Any) -> Any:
    """Write a whole row in place of what was there."""
    return _write(context, request, Kind.PUT, request.row, pb2.PutRowResponse)


def update_row(context: Context, request: Any) -> Any:
    """Put, delete and increment columns of a row, creating it if need be."""
    return _write(context, request, Kind.UPDATE, request.row_change, pb2.UpdateRowResponse)


def delete_row(context: Context, request: Any) -> Any:
    """Remove a row; removing one that is not there is fine."""
    return _write(context, request, Kind.DELETE, request.primary_key, pb2.DeleteRowResponse)


def get_row(context: Context, request: Any) -> Any:
    """One row by its key; a missing one is an empty answer that costs a capacity unit."""
    _refuse_transaction(request)
    table = context.table(request.table_name)
    read = parse_read(request)
    key = read_key(request.primary_key)
    columns = load_columns(context, table, table.row_key(key))
    found = read.row(table, key, columns)
    return pb2.GetRowResponse(
        consumed=consumed(read=units(found.size)),
        row=b"" if found.row is None else encode_row(found.row),
    )


def get_range(context: Context, request: Any) -> Any:
    """One page of the rows between two keys, in either direction."""
    _refuse_transaction(request)
    table = context.table(request.table_name)
    read = parse_read(request)
    start = table.range_key(read_key(request.inclusive_start_primary_key))
    end = table.range_key(read_key(request.exclusive_end_primary_key))
    backward = request.direction == pb2.BACKWARD
    if backward and start <= end:
        raise invalid("Begin key must more than end key in BACKWARD")
    if not backward and start >= end:
        raise invalid("Begin key must less than end key in FORWARD")
    limit = request.limit if request.HasField("limit") else limits.ROWS_PER_RANGE
    if limit <= 0:
        raise invalid("The limit must be greater than 0.")
    rows = context.store.scan(table, start, end, backward=backward)
    page = read_rows(context, table, rows, read, limit)
    return pb2.GetRangeResponse(
        consumed=consumed(read=units(page.size)),
        rows=encode_rows(page.rows),
        next_start_primary_key=None if page.next_key is None else encode_row(WireRow(page.next_key)),
    )
