"""The service's published limits of the wide-column model, and the checks that need no table."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from emulators.tablestore.errors import invalid

if TYPE_CHECKING:
    from emulators.tablestore.wire.values import Value

MIB = 1024 * 1024

TABLES_PER_INSTANCE = 64
KEY_COLUMNS = 4
KEY_VALUE_SIZE = 1024
DEFINED_COLUMNS = 32
VALUE_SIZE = 2 * MIB
CELLS_PER_ROW_CHANGE = 1024
WRITE_SIZE = 4 * MIB
#: The documentation says 128; the service's own tests read 1 024.
COLUMNS_TO_GET = 1024
ROWS_PER_BATCH_WRITE = 200
ROWS_PER_BATCH_GET = 100
ROWS_PER_RANGE = 5000
RANGE_SIZE = 4 * MIB
BODY_SIZE = 5 * MIB
#: The documentation says 10; the service's own tests show that 32 nodes pass and one more does not.
CONDITION_NODES = 32
#: Days are the documented unit of expiry: one is the least.
MIN_TIME_TO_LIVE = 86400

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}", re.ASCII)


def check_name(name: object, what: str) -> str:
    """A table or column name; protobuf hands over `bytes` where a name is not UTF-8."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid {what} name: {name!r}. It must be 1 to 255 ASCII letters, digits or underscores "
            f"and must not start with a digit."
        )
    return name


def check_row_count(rows: int, upper: int) -> None:
    """Not more rows than the service takes in one request."""
    if rows > upper:
        raise invalid(f"Rows count exceeds the upper limit:{upper}.")


def check_value(name: str, value: Value) -> None:
    """An attribute value the service would store."""
    if isinstance(value, float) and not math.isfinite(value):
        raise invalid(f"{'NaN' if math.isnan(value) else 'Infinity'} can't be set to double value.")
    if isinstance(value, (str, bytes)):
        size = len(value.encode() if isinstance(value, str) else value)
        if size > VALUE_SIZE:
            raise invalid(
                f"The value of attribute column {name!r} has {size} bytes, the limit is {VALUE_SIZE}."
            )
