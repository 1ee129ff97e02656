"""The values a cell or a primary key column can hold, and how many bytes the service counts for them."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

#: INTEGER (int64), DOUBLE, BOOLEAN, STRING, BINARY. Types never compare across: `True` is not `1`.
Value: TypeAlias = int | float | bool | str | bytes


class Marker(Enum):
    """What a primary key column can hold instead of a value."""

    INF_MIN = "before every value"
    INF_MAX = "after every value"
    AUTO_INCREMENT = "the service chooses the value"


KeyValue: TypeAlias = int | str | bytes | Marker

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


def size_of(value: object) -> int:
    """Bytes the service counts for a value; a marker counts nothing."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, bool):
        return 1
    if isinstance(value, (int, float)):
        return 8
    if isinstance(value, bytes):
        return len(value)
    return 0
