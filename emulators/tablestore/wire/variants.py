"""Single values in PlainBuffer: one type byte, then the payload (little-endian)."""

from __future__ import annotations

import struct

from emulators.tablestore.wire.values import Marker, Value

_INTEGER, _DOUBLE, _BOOLEAN, STRING, _BINARY = 0x0, 0x1, 0x2, 0x3, 0x7
_MARKERS = {0x9: Marker.INF_MIN, 0xA: Marker.INF_MAX, 0xB: Marker.AUTO_INCREMENT}
_MARKER_TYPES = {marker: type_ for type_, marker in _MARKERS.items()}

INT32, INT64, _FLOAT64 = struct.Struct("<i"), struct.Struct("<q"), struct.Struct("<d")


class WireError(ValueError):
    """Raised when bytes are not PlainBuffer, or their checksum says they were damaged."""


class Reader:
    """A cursor over bytes that refuses to run past their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def exhausted(self) -> bool:
        """Whether everything has been taken."""
        return self._at >= len(self._data)

    def peek(self) -> int:
        """The next byte, or -1 at the end."""
        return -1 if self.exhausted() else self._data[self._at]

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self._at + count
        if count < 0 or end > len(self._data):
            raise WireError(f"PlainBuffer ends before the {count} bytes it promises.")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def expect(self, tag: int) -> None:
        """Take one byte that must be `tag`."""
        found = self.take(1)[0]
        if found != tag:
            raise WireError(f"PlainBuffer has tag 0x{found:02x} where 0x{tag:02x} belongs.")

    def int32(self) -> int:
        """The next signed 32-bit integer."""
        return int(INT32.unpack(self.take(4))[0])

    def int64(self) -> int:
        """The next signed 64-bit integer."""
        return int(INT64.unpack(self.take(8))[0])

    def sized(self) -> bytes:
        """The bytes behind a 32-bit length."""
        return self.take(self.int32())


def decode_text(data: bytes) -> str:
    """UTF-8, strictly."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise WireError("A name or STRING value is not UTF-8.") from error


def decode_variant(data: bytes) -> Value | Marker:
    """One value from its type byte and payload, the form conditions carry it in."""
    reader = Reader(data)
    type_ = reader.take(1)[0]
    value: Value | Marker
    if type_ == _INTEGER:
        value = reader.int64()
    elif type_ == _DOUBLE:
        value = float(_FLOAT64.unpack(reader.take(8))[0])
    elif type_ == _BOOLEAN:
        value = reader.take(1) != b"\0"
    elif type_ == STRING:
        value = decode_text(reader.sized())
    elif type_ == _BINARY:
        value = reader.sized()
    elif type_ in _MARKERS:
        value = _MARKERS[type_]
    else:
        raise WireError(f"PlainBuffer has a value of unknown type 0x{type_:02x}.")
    if not reader.exhausted():
        raise WireError("A PlainBuffer value is longer than its type allows.")
    return value


def encode_variant(value: Value | Marker) -> bytes:
    """The inverse of `decode_variant`."""
    if isinstance(value, Marker):
        return bytes([_MARKER_TYPES[value]])
    if isinstance(value, bool):
        return bytes([_BOOLEAN, value])
    if isinstance(value, int):
        return bytes([_INTEGER]) + INT64.pack(value)
    if isinstance(value, float):
        return bytes([_DOUBLE]) + _FLOAT64.pack(value)
    if isinstance(value, str):
        text = value.encode()
        return bytes([STRING]) + INT32.pack(len(text)) + text
    return bytes([_BINARY]) + INT32.pack(len(value)) + value
