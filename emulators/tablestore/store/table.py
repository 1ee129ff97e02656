"""A table as the operations see it: its key columns and its options."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from emulators.tablestore.errors import invalid, invalid_key
from emulators.tablestore.limits import KEY_VALUE_SIZE
from emulators.tablestore.store.keys import encode_key
from emulators.tablestore.store.versions import NEVER, Retention
from emulators.tablestore.wire.protobuf import pb2
from emulators.tablestore.wire.values import KeyValue, Marker, size_of

if TYPE_CHECKING:
    from emulators.tablestore.wire.plainbuffer import Cell

_TYPES = {pb2.INTEGER: int, pb2.STRING: str, pb2.BINARY: bytes}


@dataclass(frozen=True)
class KeyColumn:
    """One column of the primary key."""

    name: str
    type: type
    auto_increment: bool


@dataclass(frozen=True)
class Table:
    """One table.

    id: the number its rows are stored under.
    deviation_ms: how far from now a version a writer chooses may lie.
    """

    id: int
    name: str
    key_columns: tuple[KeyColumn, ...]
    retention: Retention
    deviation_ms: int
    allow_update: bool

    @property
    def counts_versions(self) -> bool:
        """Whether the service bills eight bytes for each version."""
        return self.retention.time_to_live != NEVER or self.retention.max_versions > 1

    def key_values(self, key: tuple[Cell, ...]) -> tuple[KeyValue, ...]:
        """The values of a complete key that fits the schema, markers included; else OTSInvalidPK."""
        if len(key) != len(self.key_columns):
            raise invalid_key(f"Validate PK size fail. Input: {len(key)}, Meta: {len(self.key_columns)}.")
        return tuple(_key_value(cell, column) for cell, column in zip(key, self.key_columns, strict=True))

    def row_key(self, key: tuple[Cell, ...]) -> bytes:
        """Where the row with this key is stored; only a range may name INF_MIN and INF_MAX."""
        values = self.key_values(key)
        if any(isinstance(value, Marker) for value in values):
            raise invalid_key("Primary key schema mismatch.")
        return encode_key(values)

    def range_key(self, key: tuple[Cell, ...]) -> bytes:
        """One end of a range."""
        values = self.key_values(key)
        if Marker.AUTO_INCREMENT in values:
            raise invalid_key("Primary key schema mismatch.")
        return encode_key(values)

    def check_version(self, cell: Cell, now_ms: int) -> None:
        """A version a writer chose must lie in [max(now - deviation, now - TTL), now + deviation)."""
        if cell.timestamp is None:
            return
        oldest = now_ms - self.deviation_ms
        if self.retention.time_to_live != NEVER:
            oldest = max(oldest, now_ms - self.retention.time_to_live * 1000)
        if not max(oldest, 0) <= cell.timestamp < now_ms + self.deviation_ms:
            raise invalid(f"Invalid timestamp. Cell:{cell.name}.")


def _key_value(cell: Cell, column: KeyColumn) -> KeyValue:
    if cell.name != column.name:
        raise invalid_key(f"Validate PK name fail. Input: {cell.name}, Meta: {column.name}.")
    value = cell.value
    if value is Marker.AUTO_INCREMENT and not column.auto_increment:
        raise invalid_key("Primary key schema mismatch.")
    if isinstance(value, Marker):
        return value
    if type(value) is not column.type or not isinstance(value, (int, str, bytes)):
        raise invalid_key("Primary key schema mismatch.")
    if size_of(value) > KEY_VALUE_SIZE and not isinstance(value, int):
        raise invalid(
            f"The value of primary key column {cell.name!r} has {size_of(value)} bytes, "
            f"the limit is {KEY_VALUE_SIZE}."
        )
    return value


@lru_cache(maxsize=256)
def read_table(table_id: int, description: bytes) -> Table:
    """A table from its stored `DescribeTableResponse`."""
    message: Any = pb2.DescribeTableResponse.FromString(description)
    options = message.table_options
    return Table(
        id=table_id,
        name=message.table_meta.table_name,
        key_columns=tuple(
            # The enum has one member, which proto2 makes the default: only presence says it.
            KeyColumn(column.name, _TYPES[column.type], auto_increment=column.HasField("option"))
            for column in message.table_meta.primary_key
        ),
        retention=Retention(options.time_to_live, options.max_versions),
        deviation_ms=options.deviation_cell_version_in_sec * 1000,
        allow_update=options.allow_update,
    )
