"""Single values out of DingTalk's JSON, where types drift between pages and clients. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: DingTalk's ids are below a hundred characters; as part of a key in Tablestore they must stay below 1 KB.
LONGEST_ID = 200

#: Milliseconds have 13 digits until the year 2286; what has fewer than 12 is seconds.
_LEAST_MS = 10**11
_DIGITS = 15


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
