"""CreateTable, ListTable, DescribeTable, UpdateTable and DeleteTable.

What is stored of a table is the very message DescribeTable answers with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.tablestore import limits
from emulators.tablestore.errors import invalid, table_exists, too_many_tables, unsupported
from emulators.tablestore.store.versions import NEVER
from emulators.tablestore.wire.protobuf import pb2

if TYPE_CHECKING:
    from emulators.tablestore.context import Context

_DEFAULT_DEVIATION_S = 86400

#: `table_status = 4` with the value ACTIVE: the service sends it, the Python SDK's message does not know it.
_ACTIVE = b"\x20\x01"


def create_table(context: Context, request: Any) -> Any:
    """A new, empty table. It is ready at once; the real service may take a minute."""
    _refuse_extras(request)
    meta = request.table_meta
    name = limits.check_name(meta.table_name, "table")
    _check_columns(meta)
    options = pb2.TableOptions(
        time_to_live=NEVER,
        max_versions=1,
        deviation_cell_version_in_sec=_DEFAULT_DEVIATION_S,
        allow_update=True,
    )
    options.MergeFrom(request.table_options)
    _check_options(options)
    existing = context.store.table_names()
    if name in existing:
        raise table_exists()
    if len(existing) >= limits.TABLES_PER_INSTANCE:
        raise too_many_tables()
    description = pb2.DescribeTableResponse(
        table_meta=meta,
        table_options=options,
        reserved_throughput_details=pb2.ReservedThroughputDetails(
            capacity_unit=request.reserved_throughput.capacity_unit,
            last_increase_time=int(context.clock()),
        ),
        stream_details=pb2.StreamDetails(enable_stream=False, last_enable_time=0),
        sse_details=pb2.SSEDetails(enable=False),
    )
    context.store.add_table(name, description.SerializeToString())
    return pb2.CreateTableResponse()


def list_table(context: Context, request: Any) -> Any:
    """The names of all tables."""
    del request  # It is empty.
    return pb2.ListTableResponse(table_names=context.store.table_names())


def describe_table(context: Context, request: Any) -> Any:
    """A table's schema and options."""
    table = context.table(request.table_name)
    return pb2.DescribeTableResponse.FromString(context.store.description(table) + _ACTIVE)


def update_table(context: Context, request: Any) -> Any:
    """Change options; what the request leaves out stays as it is.

    The real service takes this once in two minutes for a table; here there is no such limit.
    """
    if request.HasField("stream_spec"):
        raise unsupported("UpdateTable with stream_spec")
    table = context.table(request.table_name)
    description = pb2.DescribeTableResponse.FromString(context.store.description(table))
    description.table_options.MergeFrom(request.table_options)
    _check_options(description.table_options)
    throughput = description.reserved_throughput_details
    if request.HasField("reserved_throughput"):
        throughput.capacity_unit.MergeFrom(request.reserved_throughput.capacity_unit)
        throughput.last_increase_time = int(context.clock())
    context.store.describe_anew(table, description.SerializeToString())
    return pb2.UpdateTableResponse(
        reserved_throughput_details=throughput, table_options=description.table_options
    )


def delete_table(context: Context, request: Any) -> Any:
    """Remove a table and its rows."""
    context.store.drop_table(context.table(request.table_name))
    return pb2.DeleteTableResponse()


def _refuse_extras(request: Any) -> None:
    if request.index_metas:
        raise unsupported("CreateTable with index_metas")
    if request.partitions:
        raise unsupported("CreateTable with partitions")
    if request.stream_spec.enable_stream:
        raise unsupported("CreateTable with stream_spec")
    if request.sse_spec.enable:
        raise unsupported("CreateTable with sse_spec")


def _check_columns(meta: Any) -> None:
    columns = meta.primary_key
    if not 1 <= len(columns) <= limits.KEY_COLUMNS:
        raise invalid(f"A table has 1 to {limits.KEY_COLUMNS} primary key columns, not {len(columns)}.")
    if len(meta.defined_column) > limits.DEFINED_COLUMNS:
        raise invalid(f"A table has at most {limits.DEFINED_COLUMNS} predefined columns.")
    seen: set[str] = set()
    for column in (*columns, *meta.defined_column):
        name = limits.check_name(column.name, "column")
        if name in seen:
            raise invalid(f"Duplicated primary key name: '{name}'.")
        seen.add(name)
    for column in columns:
        if column.type not in (pb2.INTEGER, pb2.STRING, pb2.BINARY):
            type_name = pb2.PrimaryKeyType.Name(column.type).removeprefix("PK_")
            raise invalid(f"{type_name} is an invalid type for the primary key.")
    _check_auto_increment(columns)


def _check_auto_increment(columns: Any) -> None:
    chosen = [index for index, column in enumerate(columns) if column.HasField("option")]
    if len(chosen) > 1 or 0 in chosen or any(columns[index].type != pb2.INTEGER for index in chosen):
        raise invalid("One INTEGER column after the partition key can be auto-increment.")


def _check_options(options: Any) -> None:
    ttl = options.time_to_live
    if ttl == 0 or ttl < NEVER:
        raise invalid("TimeToLive cannot be 0 or less than -1.")
    if NEVER < ttl < limits.MIN_TIME_TO_LIVE:
        raise invalid(f"TimeToLive is -1 or at least {limits.MIN_TIME_TO_LIVE} seconds, not {ttl}.")
    if options.max_versions <= 0:
        raise invalid("The max_versions must be greater than 0.")
    if options.deviation_cell_version_in_sec <= 0:
        raise invalid("The deviation_cell_version_in_sec must be greater than 0.")
