"""Every operation by its name in the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.tablestore.errors import unsupported
from emulators.tablestore.operations import batches, rows, tables
from emulators.tablestore.wire.protobuf import parse, pb2

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.tablestore.context import Context

_HANDLERS: dict[str, Callable[[Context, Any], Any]] = {
    "CreateTable": tables.create_table,
    "ListTable": tables.list_table,
    "DescribeTable": tables.describe_table,
    "UpdateTable": tables.update_table,
    "DeleteTable": tables.delete_table,
    "PutRow": rows.put_row,
    "GetRow": rows.get_row,
    "UpdateRow": rows.update_row,
    "DeleteRow": rows.delete_row,
    "GetRange": rows.get_range,
    "BatchGetRow": batches.batch_get_row,
    "BatchWriteRow": batches.batch_write_row,
}

#: The operations that change rows.
ROW_WRITES = frozenset({"PutRow", "UpdateRow", "DeleteRow", "BatchWriteRow"})

#: Those about rows of one table.
ROW_OPERATIONS = frozenset({"PutRow", "GetRow", "UpdateRow", "DeleteRow", "GetRange"})

#: Those that change tables.
TABLE_CHANGES = frozenset({"CreateTable", "UpdateTable", "DeleteTable"})


def read_request(operation: str, body: bytes) -> Any:
    """The request message of an operation; 400 for an unknown operation or a damaged body."""
    if operation not in _HANDLERS:
        raise unsupported(operation)
    return parse(getattr(pb2, f"{operation}Request"), body)


def named_tables(request: Any) -> str:
    """The table a request is about; several are joined by commas, none is empty."""
    fields = request.DESCRIPTOR.fields_by_name
    if "tables" in fields:
        return ",".join(str(table.table_name) for table in request.tables)
    if "table_meta" in fields:
        return str(request.table_meta.table_name)
    return str(request.table_name) if "table_name" in fields else ""


def carry_out(context: Context, operation: str, request: Any) -> bytes:
    """Run one operation as one transaction; returns the body of its answer."""
    with context.store.transaction():
        response = _HANDLERS[operation](context, request)
    return bytes(response.SerializeToString())
