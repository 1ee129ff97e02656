"""Text that deviates from JSON, as servers put it into `data:` lines. Pure.

Seen at servers: NaN for a missing score (Python), half a surrogate pair where an emoji was cut in two
(JavaScript), a raw line feed or tab inside a string, a backslash before any character, the prefix `data:`
written twice, two objects on one line or on two lines of one event.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import msgspec

#: `strict=False` takes raw control characters inside strings.
_DECODER = json.JSONDecoder(strict=False)
_PREFIX = re.compile(r"^\s*(?:data:\s*)+", re.MULTILINE)
_BETWEEN = re.compile(r"[\s,;\x00-\x20]*")
#: Mean nothing in a text, and can be left out.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DAMAGED_NAME = re.compile(r"[\x00-\x1f\\]")
#: An escape that JSON knows, kept as it is, or a backslash that begins none.
_ESCAPE = re.compile(r'(\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))|\\')

_START = re.compile(r'[\n}]\s*(\{\s*"|\[DONE\])')
#: One event holds one object; a text of thousands of fragments is not worth the time.
_MOST_ATTEMPTS = 1_000

#: Words that servers send in place of a comment to keep a connection open.
_IDLE_WORDS = frozenset(("ping", "pong", "keep-alive", "keepalive", "heartbeat", "ka", "ok"))

_LONGEST_IDLE = 40


class Rescued(NamedTuple):
    """What could be read.

    values: JSON objects and arrays, and the text `[DONE]`, in order.
    whole: nothing of the text is missing in them.
    """

    values: list[object]
    whole: bool


def is_idle(data: str) -> bool:
    """The data is a sign of life: a JSON value that holds nothing, or one of the usual words."""
    if len(data) > _LONGEST_IDLE:
        return data.isspace()
    plain = data.strip().strip('"').lower()
    return plain in _IDLE_WORDS or plain in {"", "null", "true", "false"} or plain.isdecimal()


def read_json(data: str) -> object:
    """The JSON value that `data` is, with the deviations that change no meaning; None when it is none."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def rescue(data: str, done: str) -> Rescued:
    """Every JSON object and array in `data`, read one after the other.

    done: the text that ends a stream and is no JSON.
    """
    text = _CONTROLS.sub("", _PREFIX.sub("", data))
    values, whole = _read_all(text, done)
    if not whole and "\\" in text:
        mended, mended_whole = _read_all(_ESCAPE.sub(lambda found: found[1] or r"\\", text), done)
        if mended_whole or len(mended) > len(values):
            values, whole = mended, mended_whole
    return Rescued(values, whole)


def _read_all(text: str, done: str) -> tuple[list[object], bool]:
    values: list[object] = []
    whole, at = True, 0
    for _ in range(_MOST_ATTEMPTS):
        gap = _BETWEEN.match(text, at)
        at = gap.end() if gap else at
        if at >= len(text):
            return values, whole
        if text.startswith(done, at):
            values.append(done)
            at += len(done)
            continue
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            whole = False
            at = _next_start(text, at + 1)
        else:
            if isinstance(value, dict | list) and not _has_damaged_names(value):
                values.append(value)
            elif isinstance(value, dict | list) or not (
                value is None or isinstance(value, bool | int | float)
            ):
                whole = False
    return values, False


def _has_damaged_names(value: object) -> bool:
    """Whether lenient reading has produced members that the server did not write."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if any(_DAMAGED_NAME.search(name) for name in one):
                return True
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False


def _next_start(text: str, at: int) -> int:
    """Where the next event may begin: only an object at the start of a line, or behind a closing bracket.

    An object inside of a damaged one is a part of that one and means something else on its own.
    """
    found = _START.search(text, at)
    return found.start(1) if found else len(text)
