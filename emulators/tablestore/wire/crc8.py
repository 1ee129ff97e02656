"""CRC-8 (polynomial 0x07, initial value 0), fast enough for values of megabytes."""

from __future__ import annotations


def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = (byte << 1) ^ (0x107 if byte & 0x80 else 0)
    return byte


_TABLE = bytes(_remainder(byte) for byte in range(256))

# The polynomial divides x^127 + 1: two bits 127 places apart weigh the same, hence also two bytes
# 127 places apart. Blocks of 127 bytes can be XORed onto each other without changing the checksum,
# which turns a loop over every byte into a few operations on long integers.
_PERIOD = 127


def _fold(data: bytes) -> bytes:
    number, size = int.from_bytes(data, "big"), len(data)
    while size > _PERIOD:
        low = (-(-size // _PERIOD) // 2) * _PERIOD
        number = (number >> (8 * low)) ^ (number & ((1 << (8 * low)) - 1))
        size = max(size - low, low)
    return number.to_bytes(size, "big")


def crc8(data: bytes, crc: int = 0) -> int:
    """The checksum of `data`; crc: that of what comes before it."""
    if crc and len(data) > _PERIOD:
        # The checksum so far counts as if it were part of the first byte.
        data, crc = bytes([data[0] ^ crc]) + data[1:], 0
    for byte in _fold(data) if len(data) > _PERIOD else data:
        crc = _TABLE[crc ^ byte]
    return crc
