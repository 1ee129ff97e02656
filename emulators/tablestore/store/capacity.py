"""Capacity units: what the service would bill. One unit is 4 KB, rounded up per operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.tablestore.wire.protobuf import pb2
from emulators.tablestore.wire.values import size_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulators.tablestore.store.versions import Columns
    from emulators.tablestore.wire.plainbuffer import Cell

_UNIT = 4096
_VERSION_SIZE = 8


def size_of_cells(cells: Iterable[Cell]) -> int:
    """Bytes of names and values."""
    return sum(size_of(cell.name) + size_of(cell.value) for cell in cells)


def size_of_columns(columns: Columns, *, count_versions: bool) -> int:
    """The same for columns, plus eight for each version where a table keeps track of versions."""
    version = _VERSION_SIZE if count_versions else 0
    return sum(
        size_of(name) + size_of(value) + version
        for name, versions in columns.items()
        for value in versions.values()
    )


def units(size: int) -> int:
    """Capacity units for `size` bytes; even nothing costs one."""
    return max(1, -(-size // _UNIT))


def consumed(*, read: int = 0, write: int = 0) -> Any:
    """A ConsumedCapacity message."""
    return pb2.ConsumedCapacity(capacity_unit=pb2.CapacityUnit(read=read, write=write))
