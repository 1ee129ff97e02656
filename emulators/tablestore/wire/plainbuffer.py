"""PlainBuffer, the row format inside the protobuf messages (little-endian).

    buffer = int32 0x75, row+
    row    = 0x01 cell+ [0x02 cell*] [0x08 delete marker] 0x09 crc8
    cell   = 0x03 0x04 int32 length, name [0x05 int32 length, type, payload] [0x06 operation]
             [0x07 int64 timestamp] 0x0A crc8

A cell's checksum covers name, type with payload, timestamp and operation, in that order although the
operation is written before the timestamp; a row's covers its cells' checksums and one byte that is 1
for a deletion.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from emulators.tablestore.wire.crc8 import crc8
from emulators.tablestore.wire.values import Marker, Value
from emulators.tablestore.wire.variants import (
    INT32,
    INT64,
    Reader,
    WireError,
    decode_text,
    decode_variant,
    encode_variant,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER = 0x75
_ROW_KEY, CELLS, CELL, _NAME, _VALUE = 0x01, 0x02, 0x03, 0x04, 0x05
_OPERATION, TIMESTAMP, _DELETED, _ROW_CRC, _CELL_CRC = 0x06, 0x07, 0x08, 0x09, 0x0A


_TAG_OF_VALUE, _TAG_OF_OPERATION, _TAG_OF_TIMESTAMP = (
    bytes([tag]) for tag in (_VALUE, _OPERATION, TIMESTAMP)
)


class CellOperation(IntEnum):
    """What UpdateRow does with a cell; no operation means put."""

    DELETE_ALL_VERSION = 1
    DELETE_ONE_VERSION = 3
    INCREMENT = 4


@dataclass(frozen=True)
class Cell:
    """One column of a row; `timestamp` is the version, in milliseconds."""

    name: str
    value: Value | Marker | None = None
    operation: CellOperation | None = None
    timestamp: int | None = None

    @property
    def attribute(self) -> Value:
        """The value of an attribute column that was checked or stored: there is one, and no marker."""
        assert self.value is not None
        assert not isinstance(self.value, Marker)
        return self.value


@dataclass(frozen=True)
class WireRow:
    """A row as it travels: key cells, attribute cells, and whether it says "delete this row"."""

    key: tuple[Cell, ...]
    cells: tuple[Cell, ...] = ()
    deletes: bool = False


def _read_cell(reader: Reader) -> tuple[Cell, int]:
    reader.expect(CELL)
    reader.expect(_NAME)
    name = reader.sized()
    variant: bytes | None = None
    operation = timestamp = b""
    if reader.peek() == _VALUE:
        reader.expect(_VALUE)
        variant = reader.sized()
    if reader.peek() == _OPERATION:
        reader.expect(_OPERATION)
        operation = reader.take(1)
    if reader.peek() == TIMESTAMP:
        reader.expect(TIMESTAMP)
        timestamp = reader.take(8)
    reader.expect(_CELL_CRC)
    crc = crc8(name + (variant or b"") + timestamp + operation)
    if reader.take(1)[0] != crc:
        raise WireError("The checksum of a cell does not match.")
    cell = Cell(
        name=decode_text(name),
        value=None if variant is None else decode_variant(variant),
        operation=_operation(operation[0]) if operation else None,
        timestamp=INT64.unpack(timestamp)[0] if timestamp else None,
    )
    return cell, crc


def _operation(code: int) -> CellOperation:
    try:
        return CellOperation(code)
    except ValueError as error:
        raise WireError(f"A cell has the unknown operation 0x{code:02x}.") from error


def _read_cells(reader: Reader) -> tuple[tuple[Cell, ...], bytes]:
    cells: list[Cell] = []
    crcs = bytearray()
    while reader.peek() == CELL:
        cell, crc = _read_cell(reader)
        cells.append(cell)
        crcs.append(crc)
    return tuple(cells), bytes(crcs)


#: What the Node SDK leaves behind its rows, because it makes its buffer a byte too long.
_SPARE = b"\x00"


def decode_row(data: bytes) -> WireRow:
    """The one row in `data`, with a spare zero byte after it or not; raises WireError for anything else."""
    reader = Reader(data)
    if reader.int32() != _HEADER:
        raise WireError("PlainBuffer does not begin with its header.")
    reader.expect(_ROW_KEY)
    key, crcs = _read_cells(reader)
    cells: tuple[Cell, ...] = ()
    if reader.peek() == CELLS:
        reader.expect(CELLS)
        cells, more_crcs = _read_cells(reader)
        crcs += more_crcs
    deletes = reader.peek() == _DELETED
    if deletes:
        reader.expect(_DELETED)
    reader.expect(_ROW_CRC)
    if reader.take(1)[0] != crc8(crcs + bytes([deletes])):
        raise WireError("The checksum of a row does not match.")
    if not reader.exhausted() and (reader.take(1) != _SPARE or not reader.exhausted()):
        raise WireError("PlainBuffer goes on after the row.")
    return WireRow(key, cells, deletes)


@lru_cache(maxsize=4096)
def _encode_name(name: str) -> tuple[bytes, int]:
    data = name.encode()
    return bytes([CELL, _NAME]) + INT32.pack(len(data)) + data, crc8(data)


def _encode_cell(cell: Cell) -> tuple[bytes, int]:
    data, crc = _encode_name(cell.name)
    variant = b"" if cell.value is None else encode_variant(cell.value)
    operation = b"" if cell.operation is None else bytes([cell.operation])
    timestamp = b"" if cell.timestamp is None else INT64.pack(cell.timestamp)
    crc = crc8(variant + timestamp + operation, crc)
    if variant:
        data += _TAG_OF_VALUE + INT32.pack(len(variant)) + variant
    if operation:
        data += _TAG_OF_OPERATION + operation
    if timestamp:
        data += _TAG_OF_TIMESTAMP + timestamp
    return data + bytes((_CELL_CRC, crc)), crc


def _encode_bare_row(row: WireRow) -> bytes:
    key = [_encode_cell(cell) for cell in row.key]
    cells = [_encode_cell(cell) for cell in row.cells]
    crcs = bytes(crc for _, crc in key + cells)
    parts = [bytes([_ROW_KEY]), *(data for data, _ in key)]
    if cells:
        parts += [bytes([CELLS]), *(data for data, _ in cells)]
    if row.deletes:
        parts.append(bytes([_DELETED]))
    parts.append(bytes([_ROW_CRC, crc8(crcs + bytes([row.deletes]))]))
    return b"".join(parts)


def encode_rows(rows: Iterable[WireRow]) -> bytes:
    """Rows behind one header; no row at all is no bytes at all."""
    body = b"".join(_encode_bare_row(row) for row in rows)
    return INT32.pack(_HEADER) + body if body else b""


def encode_row(row: WireRow) -> bytes:
    """One row with its header."""
    return encode_rows([row])
