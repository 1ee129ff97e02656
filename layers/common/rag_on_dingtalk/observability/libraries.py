"""What other people's libraries may write into the log: that something went wrong and where, never a value.

Libraries log addresses (httpx at INFO, with a sessionWebhook's `?session=…`; urllib3's retries), headers
(httpcore at DEBUG) and the text of exceptions, which may quote a request. Function Compute's built-in
runtimes print all of it: their root logger is at INFO, or lower when FC_SERVER_LOG_LEVEL says so.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from typing import TYPE_CHECKING, TextIO

import msgspec

if TYPE_CHECKING:
    from types import TracebackType

_FRAMES = 6
#: Longer than any template that a library has.
_LONGEST = 300
#: These log whole sentences about the server itself, such as that its port is taken.
_ABOUT_THE_SERVER = ("uvicorn.error",)


class LibraryFormatter(logging.Formatter):
    """One JSON line: the library's constant words, the kinds of exceptions and the places, no arguments."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; the message's arguments and the exceptions' texts are left out."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "level": record.levelname,
            "message": "library",
            "timestamp": f"{stamp}.{int(record.msecs):03d}Z",
            "library": record.name,
            "where": f"{record.module}:{record.lineno} {record.funcName}",
        }
        if words := _constant_words(record):
            line["words"] = words
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = _kinds(record.exc_info[1]) or record.exc_info[0].__name__
            line["frames"] = _frames(record.exc_info[2])
        return msgspec.json.encode(line).decode()


def quiet_libraries(stream: TextIO | None = None) -> None:
    """Let only warnings and errors of libraries out, without values. Instead of whatever handler there was.

    Call it before a logger of our own is made: that one has a handler of its own.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(LibraryFormatter())
    handler.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _constant_words(record: logging.LogRecord) -> str:
    """The template of a message with arguments. Without any, the text may have been put together before."""
    if record.args or record.name in _ABOUT_THE_SERVER:
        return str(record.msg)[:_LONGEST]
    return ""


def _kinds(error: BaseException | None) -> str:
    """`APIError from TimeoutError`: the exception and what caused it."""
    kinds: list[str] = []
    while error is not None and len(kinds) < _FRAMES:
        kinds.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return " from ".join(kinds)


def _frames(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
