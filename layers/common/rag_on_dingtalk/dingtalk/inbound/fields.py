"""Single values out of DingTalk's JSON, where types drift between pages and clients. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

#: DingTalk's ids are below a hundred characters; as part of a key in Tablestore they must stay below 1 KB.
LONGEST_ID = 200

#: Milliseconds have 13 digits until the year 2286; what has fewer than 12 is seconds.
_LEAST_MS = 10**11
_DIGITS = 15

#: DingTalk's largest bodies have dozens of objects and lists. One takes up to 240 bytes and may be written in
#: two: without a bound 64 KB of text become 2 MB of values.
_MOST_PARTS = 1_000
_PART = re.compile(rb'[{\[]|"[^"]*"')


def has_too_many_parts(json: bytes) -> bool:
    """Whether a JSON text has more objects and lists than anything DingTalk sends; strings do not count."""
    if json.count(b"{") + json.count(b"[") <= _MOST_PARTS:
        return False
    # Escapes go first: a pattern that knew them would remember every step of a long string.
    bare = json.replace(b"\\\\", b"").replace(b'\\"', b"")
    return sum(match[0] in (b"{", b"[") for match in _PART.finditer(bare)) > _MOST_PARTS


def clean(text: object) -> str:
    """A string without what cannot be stored or sent on, and without blanks around it; else an empty one."""
    # A lone surrogate is legal JSON: half an emoji.
    if not isinstance(text, str):
        return ""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip()


def text_of(body: Mapping[str, object], key: str) -> str:
    """The string under `key`; empty when there is none."""
    return clean(body.get(key))


def milliseconds(value: object) -> int:
    """A time since the epoch, sent as number or digits, in milliseconds or seconds; 0 when it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**_DIGITS:
        return 0
    return value if value >= _LEAST_MS else value * 1000


def opened(value: object) -> object:
    """What a string that holds a JSON object or list says; any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    raw = value.encode("utf-8", "replace")
    if has_too_many_parts(raw):
        return value
    try:
        inner = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return value
    return inner if isinstance(inner, (dict, list)) else value
