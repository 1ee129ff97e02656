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


#: Names that a log line has already, here, in Powertools' Logger or in the standard library's LogRecord.
_TAKEN = frozenset(
    (
        "args", "asctime", "created", "exc_info", "exc_text", "exception", "exception_name", "filename",
        "funcName", "level", "levelname", "levelno", "lineno", "location", "message", "module", "msecs",
        "msg", "name", "pathname", "process", "processName", "relativeCreated", "sampling_rate", "service",
        "stack_info", "stack_trace", "taskName", "thread", "threadName", "timestamp", "xray_trace_id",
    )
)  # fmt: skip
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def own_fields(fields: dict[str, str | int]) -> dict[str, str | int]:
    """The fields of a line, those with a `_` behind their name that would take another's place."""
    return {f"{name}_" if name in _TAKEN else name: value for name, value in fields.items()}


def level_named(name: str) -> str | None:
    """The level of this name, in any case; None when there is none."""
    level = name.strip().upper()
    level = {"WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level)
    return level if level in _LEVELS else None


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
        record: dict[str, str | int] = {
            "level": level,
            "message": message,
            "timestamp": stamp,
            "service": service,
        }
        record |= own_fields(fields)
        target = stream or sys.stdout
        target.write(msgspec.json.encode(record).decode() + "\n")
        target.flush()

    return log
