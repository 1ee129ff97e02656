"""Records as CSV. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The columns, in this order.
FIELDS = (
    "bot",
    "day",
    "number",
    "at_ms",
    "act",
    "who",
    "what",
    "result",
    "rule",
    "source",
    "client_ip",
    "detail",
)


def csv_rows(rows: Iterable[Mapping[str, Any]], *, head: bool = False) -> str:
    """The lines; head: with the names of the columns before them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if head:
        writer.writerow(FIELDS)
    writer.writerows([_harmless(row.get(name, "")) for name in FIELDS] for row in rows)
    return out.getvalue()


def _harmless(value: object) -> object:
    """A text that a spreadsheet would take for a formula is quoted for it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
