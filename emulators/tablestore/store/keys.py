"""Primary keys as bytes that sort the way the service sorts rows.

The service compares column by column: integers numerically, strings and blobs bytewise, INF_MIN
before and INF_MAX after every value. Encoded like this a key is one BLOB, and a range of rows is a
range of an ordinary index.

Each column is one kind byte (0 INF_MIN, 1 value, 2 INF_MAX) and, for a value,

* INTEGER: eight bytes, big-endian, with the sign bit flipped;
* STRING, BINARY: the bytes with every 00 written as 00 FF, then a closing 00. No kind byte is FF, so
  the closing 00 sorts before any continuation of the string.

A table fixes the type of each column, so types need no telling apart here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.tablestore.wire.values import KeyValue, Marker

if TYPE_CHECKING:
    from collections.abc import Iterable

_INF_MIN, _VALUE, _INF_MAX = b"\x00", b"\x01", b"\x02"


def _encode_column(value: KeyValue) -> bytes:
    if value is Marker.INF_MIN:
        return _INF_MIN
    if value is Marker.INF_MAX:
        return _INF_MAX
    if isinstance(value, Marker):
        raise TypeError("AUTO_INCREMENT must be replaced by a value before a key is encoded.")
    if isinstance(value, int):
        return _VALUE + (value + 2**63).to_bytes(8, "big")
    data = value.encode() if isinstance(value, str) else value
    return _VALUE + data.replace(b"\x00", b"\x00\xff") + b"\x00"


def encode_key(values: Iterable[KeyValue]) -> bytes:
    """The sortable form of a complete primary key, values in schema order."""
    return b"".join(map(_encode_column, values))
