"""Reads: what is asked for (`Read`), one row, and a range page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.tablestore import limits
from emulators.tablestore.errors import invalid, unsupported
from emulators.tablestore.operations.conditions import Condition, parse_condition
from emulators.tablestore.store.capacity import size_of_cells, size_of_columns
from emulators.tablestore.store.stored import read_stored
from emulators.tablestore.store.versions import Selection, to_cells
from emulators.tablestore.wire.plainbuffer import Cell, WireRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulators.tablestore.context import Context
    from emulators.tablestore.store.table import Table
    from emulators.tablestore.store.versions import Columns


@dataclass(frozen=True)
class Read:
    """What a read returns of each row, and which rows its filter lets through."""

    selection: Selection
    condition: Condition | None

    def row(self, table: Table, key: tuple[Cell, ...], columns: Columns) -> Found:
        """A stored row as this read sees it."""
        picked = self.selection.pick(columns)
        size = size_of_cells(key) + size_of_columns(picked, count_versions=table.counts_versions)
        visible = bool(picked) or (bool(columns) and self._wants_key(key))
        passes = visible and (self.condition is None or self.condition.holds(self._seen(key, picked)))
        return Found(WireRow(key, to_cells(picked)) if passes else None, size)

    def _seen(self, key: tuple[Cell, ...], picked: Columns) -> Columns:
        # A filter sees the columns that are read, those of the key among them; any other one is missing.
        names = self.selection.names
        keyed = {cell.name: {0: cell.attribute} for cell in key if names is None or cell.name in names}
        return {**picked, **keyed}

    def _wants_key(self, key: tuple[Cell, ...]) -> bool:
        # Key columns can be among the wanted columns; then a row counts even without attributes.
        names = self.selection.names
        return names is not None and any(cell.name in names for cell in key)


@dataclass(frozen=True)
class Found:
    """A row that was read: None when it is not to be returned, though reading it still cost `size`."""

    row: WireRow | None
    size: int


@dataclass(frozen=True)
class Page:
    """One page of a range; `next_key` is the first row not looked at, None at the end."""

    rows: list[WireRow]
    size: int
    next_key: tuple[Cell, ...] | None


def parse_read(request: Any) -> Read:
    """The part GetRow, GetRange and each table of BatchGetRow have in common."""
    for field in ("start_column", "end_column"):
        if getattr(request, field):
            raise unsupported(f"{request.DESCRIPTOR.name} with {field}")
    # In a batch there is one for each row, and some SDKs send each of them empty.
    tokens = [request.token] if isinstance(request.token, bytes) else request.token
    if any(tokens):
        raise unsupported(f"{request.DESCRIPTOR.name} with token")
    if not request.HasField("max_versions") and not request.HasField("time_range"):
        raise invalid("No version condition is specified while querying row.")
    if len(request.columns_to_get) > limits.COLUMNS_TO_GET:
        raise invalid(f"More than {limits.COLUMNS_TO_GET} columns_to_get are specified.")
    return Read(
        selection=_selection(request),
        condition=parse_condition(request.filter) if request.HasField("filter") else None,
    )


def _selection(request: Any) -> Selection:
    names = frozenset(limits.check_name(name, "column") for name in request.columns_to_get) or None
    max_versions = request.max_versions if request.HasField("max_versions") else None
    if max_versions is not None and max_versions <= 0:
        raise invalid("The max_versions must be greater than 0.")
    if not request.HasField("time_range"):
        return Selection(names, max_versions=max_versions)
    time_range = request.time_range
    if time_range.HasField("specific_time"):
        first, end = time_range.specific_time, time_range.specific_time + 1
    elif time_range.HasField("start_time") and time_range.HasField("end_time"):
        first, end = time_range.start_time, time_range.end_time
    else:
        raise invalid("A time_range has either specific_time or both start_time and end_time.")
    if not 0 <= first < end:
        raise invalid("A time_range must begin at 0 or later and end after its beginning.")
    return Selection(names, first, end, max_versions)


def read_rows(context: Context, table: Table, rows: Iterator[bytes], read: Read, limit: int) -> Page:
    """Up to `limit` rows that pass, from the first ones the service is willing to look at."""
    now_ms = context.now_ms()
    returned: list[WireRow] = []
    size = 0
    for scanned, data in enumerate(rows):
        key, columns = read_stored(data)
        found = read.row(table, key, table.retention.keep(columns, now_ms))
        full = len(returned) >= limit or scanned >= limits.ROWS_PER_RANGE
        if full or (scanned and size + found.size > limits.RANGE_SIZE):
            return Page(returned, size, key)
        size += found.size
        if found.row is not None:
            returned.append(found.row)
    return Page(returned, size, None)
