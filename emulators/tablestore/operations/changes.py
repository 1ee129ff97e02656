"""What a write asks for, read from the wire and checked as far as that is possible without the table.

Everything refused here fails the whole request, a batch included; what depends on the table or the row
fails only the row (`writing`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from emulators.tablestore.errors import invalid
from emulators.tablestore.limits import CELLS_PER_ROW_CHANGE, WRITE_SIZE, check_name, check_value
from emulators.tablestore.operations.conditions import Condition, parse_condition
from emulators.tablestore.store.capacity import size_of_cells
from emulators.tablestore.wire.plainbuffer import Cell, CellOperation, WireRow, decode_row
from emulators.tablestore.wire.protobuf import pb2
from emulators.tablestore.wire.values import Marker
from emulators.tablestore.wire.variants import WireError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(Enum):
    """Put replaces a row, update merges into it, delete removes it."""

    PUT = pb2.PUT
    UPDATE = pb2.UPDATE
    DELETE = pb2.DELETE


@dataclass(frozen=True)
class RowChange:
    """One row to write.

    existence: IGNORE, EXPECT_EXIST or EXPECT_NOT_EXIST, as the protobuf enum.
    returns_key: answer with the primary key.
    returned_columns: incremented columns whose new value is answered.
    """

    kind: Kind
    key: tuple[Cell, ...]
    cells: tuple[Cell, ...]
    existence: int
    condition: Condition | None
    returns_key: bool
    returned_columns: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes the service counts for it."""
        return size_of_cells(self.key) + size_of_cells(self.cells)

    @property
    def takes_auto_increment(self) -> bool:
        """Whether the service is to choose a key column."""
        return any(cell.value is Marker.AUTO_INCREMENT for cell in self.key)

    @property
    def increments(self) -> bool:
        """Whether it counts something."""
        return any(cell.operation is CellOperation.INCREMENT for cell in self.cells)


def read_row(data: bytes) -> WireRow:
    """A row from a request; 400 when the bytes are not one."""
    try:
        return decode_row(data)
    except WireError as error:
        raise invalid(f"Invalid PlainBuffer: {error}") from error


def read_key(data: bytes) -> tuple[Cell, ...]:
    """The primary key a read names."""
    row = read_row(data)
    if row.cells or row.deletes:
        raise invalid("A primary key was expected, not a whole row.")
    return row.key


def read_change(kind: Kind, data: bytes, condition: Any, return_content: Any) -> RowChange:
    """One row change from its four parts on the wire."""
    row = read_row(data)
    _check_cells(kind, row)
    returns_key, returned_columns = _returns(kind, row.cells, return_content)
    change = RowChange(
        kind=kind,
        key=row.key,
        cells=row.cells,
        existence=condition.row_existence,
        condition=parse_condition(condition.column_condition)
        if condition.HasField("column_condition")
        else None,
        returns_key=returns_key,
        returned_columns=returned_columns,
    )
    check_write_size([change])
    return change


def check_write_size(changes: Iterable[RowChange]) -> None:
    """The rows of one request together stay within the limit."""
    size = sum(change.size for change in changes)
    if size > WRITE_SIZE:
        raise invalid(f"The rows of this request have {size} bytes, the limit is {WRITE_SIZE}.")


def _check_cells(kind: Kind, row: WireRow) -> None:
    if (kind is Kind.DELETE) is not row.deletes:
        raise invalid("DeleteRow, and nothing else, carries the delete marker.")
    if kind is Kind.DELETE:
        if row.cells:
            raise invalid("DeleteRow takes a primary key only.")
        return
    if not row.cells:
        raise invalid(
            "Attribute column is missing."
            if kind is Kind.PUT
            else "Invalid update row request: missing cells in request."
        )
    if len(row.cells) > CELLS_PER_ROW_CHANGE:
        raise invalid(f"The row writes {len(row.cells)} columns, the limit is {CELLS_PER_ROW_CHANGE}.")
    key_names = {cell.name for cell in row.key}
    for cell in row.cells:
        check_name(cell.name, "column")
        if cell.name in key_names:
            raise invalid(f"Duplicated attribute column name with primary key column: {cell.name!r}.")
        if kind is Kind.PUT and cell.operation is not None:
            raise invalid(f"OpType cannot be given for column name:{cell.name} in PutRow.")
        _check_cell(cell)
    if kind is Kind.UPDATE:
        _check_increments(row.cells)


def _check_cell(cell: Cell) -> None:
    if cell.operation in (CellOperation.DELETE_ONE_VERSION, CellOperation.DELETE_ALL_VERSION):
        if cell.value is not None:
            raise invalid("Column value cannot be given when type is DELETE_ONE_VERSION,DELETE_ALL_VERSION.")
        if cell.operation is CellOperation.DELETE_ONE_VERSION and cell.timestamp is None:
            raise invalid("Timestamp must be given when type is DELETE_ONE_VERSION.")
    elif cell.value is None or isinstance(cell.value, Marker):
        raise invalid(f"Column {cell.name!r} has no value.")
    else:
        check_value(cell.name, cell.value)


def _check_increments(cells: tuple[Cell, ...]) -> None:
    mentions = Counter(cell.name for cell in cells)
    for cell in cells:
        if cell.operation is not CellOperation.INCREMENT:
            continue
        if type(cell.value) is not int:
            raise invalid(f"Column {cell.name!r} can only be incremented by an INTEGER.")
        if cell.timestamp is not None:
            raise invalid(f"No timestamp can be given when column {cell.name!r} is incremented.")
        if mentions[cell.name] > 1:
            raise invalid(f"Column {cell.name!r} is incremented and written in the same request.")


def _returns(kind: Kind, cells: tuple[Cell, ...], content: Any) -> tuple[bool, tuple[str, ...]]:
    names = tuple(content.return_column_names)
    if content.return_type != pb2.RT_AFTER_MODIFY:
        if names:
            raise invalid("return_column_names need the return type RT_AFTER_MODIFY.")
        return content.return_type == pb2.RT_PK, ()
    incremented = {cell.name for cell in cells if cell.operation is CellOperation.INCREMENT}
    if kind is not Kind.UPDATE or not names or not incremented.issuperset(names):
        raise invalid("RT_AFTER_MODIFY returns incremented columns of an UpdateRow; name at least one.")
    return False, names
