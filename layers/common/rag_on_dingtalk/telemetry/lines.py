"""Structured log lines for functions that cannot afford a logging library's import.

The field names are those of Powertools' Logger, which async_answer uses: one query finds both in SLS.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Literal, Protocol, TextIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Level = Literal["INFO", "WARNING", "ERROR"]


class LogLine(Protocol):
    """Writes one line about one thing that happened."""

    def __call__(self, message: str, *, level: Level = "INFO", **fields: str | int) -> None:
        """`message` is one word or two, the details are fields."""
        ...


def line_logger(
    service: str, *, clock: Callable[[], float] = time.time, stream: TextIO | None = None
) -> LogLine:
    """A LogLine that prints JSON; FC sends standard output to SLS."""

    def log(message: str, *, level: Level = "INFO", **fields: str | int) -> None:
        now = clock()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
        record = {"level": level, "message": message, "timestamp": stamp, "service": service, **fields}
        target = stream or sys.stdout
        target.write(msgspec.json.encode(record).decode() + "\n")
        target.flush()

    return log


def bound(log: LogLine, **context: str) -> LogLine:
    """The same log with fields that every line carries."""

    def write(message: str, *, level: Level = "INFO", **fields: str | int) -> None:
        log(message, level=level, **{**context, **fields})

    return write
