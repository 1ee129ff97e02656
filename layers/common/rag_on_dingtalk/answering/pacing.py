"""When the next frame of a card is due. Pure.

A standard DingTalk plan has 5 000 API calls a month, and each frame is one: `economical` spends at most six
on an answer however long it is, closer together at the start, where a person is waiting to see something.
"""

from __future__ import annotations

from typing import Literal

Mode = Literal["live", "economical", "final"]

_LIVE_GAP_MS = 1_000
#: When each frame is due, in milliseconds after the first piece of text; after the last there is none.
_ECONOMICAL_MS = (0, 1_500, 4_000, 9_000, 18_000, 30_000)


def next_frame_due(mode: Mode, *, sent: int, first_ms: int, last_ms: int) -> int | None:
    """When to send the next frame, in the milliseconds of `first_ms`; None: only the final one.

    sent: frames sent so far.
    first_ms: when the first piece of text came; last_ms: when the last frame was sent.
    """
    if mode == "final":
        return None
    if mode == "live":
        return first_ms if sent == 0 else last_ms + _LIVE_GAP_MS
    return first_ms + _ECONOMICAL_MS[sent] if sent < len(_ECONOMICAL_MS) else None
