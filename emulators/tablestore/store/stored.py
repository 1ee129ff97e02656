"""Rows as they are at rest: PlainBuffer that this program wrote itself, read without doubting it.

A scan looks at thousands of rows. What a client sends is decoded by `wire.plainbuffer.decode_row`, which
checks every tag, length and checksum; for a stored row that would be most of what a scan costs.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from emulators.tablestore.wire.plainbuffer import CELL, CELLS, TIMESTAMP, Cell
from emulators.tablestore.wire.variants import INT32, INT64, STRING, decode_variant

if TYPE_CHECKING:
    from emulators.tablestore.store.versions import Columns
    from emulators.tablestore.wire.values import Marker, Value

#: The header of the buffer, and the tag of the key.
_BEFORE_THE_KEY = 5
#: The tags of a cell and its name; and the tag of a checksum with the checksum.
_TAGS, _CRC = 2, 2
_SIZED = struct.calcsize("<Bi")


def read_stored(data: bytes) -> tuple[tuple[Cell, ...], Columns]:
    """The key, and every stored version of every column."""
    at, in_key = _BEFORE_THE_KEY, True
    key: list[Cell] = []
    columns: Columns = {}
    while True:
        tag = data[at]
        if tag == CELLS and in_key:
            in_key = False
            at += 1
        elif tag != CELL:
            return tuple(key), columns
        else:
            at += _TAGS
            end = at + 4 + INT32.unpack_from(data, at)[0]
            name = data[at + 4 : end].decode()
            at = end + _SIZED
            end = at + INT32.unpack_from(data, end + 1)[0]
            value = _value(data, at, end)
            at = end
            if in_key:
                key.append(Cell(name, value))
            elif data[at] == TIMESTAMP:
                columns.setdefault(name, {})[INT64.unpack_from(data, at + 1)[0]] = value  # type: ignore[assignment]  # no marker is stored
                at += 1 + INT64.size
            at += _CRC


def _value(data: bytes, at: int, end: int) -> Value | Marker:
    if data[at] == STRING:
        return data[at + _SIZED : end].decode()
    return decode_variant(data[at:end])
