"""How often a card is overwritten while its answer grows, by what is left of the month. Pure.

A standard DingTalk plan has 5 000 API calls a month and 20 a second for each API, and each frame is one call.
Over 80 % of the month a bot falls to the next thriftier mode; when the month is used up, replies go out where
they cost nothing. The last calls of the month are kept back: for closing the cards that are out, and for
people who can be reached by a call only.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Literal

Mode = Literal["live", "economical", "final"]

SECOND_MS = 1_000
#: The longest way of a call to DingTalk that is allowed for: where its answer comes later, DingTalk is taken
#: to have counted it by then.
WAY_MS = 200
_LIVE_GAP_MS = 1_000
#: When each frame is due, in milliseconds after the first piece of text; after the last there is none.
_ECONOMICAL_MS = (0, 1_500, 4_000, 9_000, 18_000, 30_000)
_THRIFTIER: dict[Mode, Mode] = {"live": "economical", "economical": "final", "final": "final"}

#: Reserved together, so that a live answer need not ask the counter for every frame.
_LIVE_BLOCK = 10
#: A card is created and closed.
CARD_CALLS = 2
_KEPT_BACK_SHARE = 0.02
_KEPT_BACK_LEAST = 3
_THRIFTY_SHARE = 0.8


class Level(IntEnum):
    """How much of the month is spent."""

    AMPLE = 0
    THRIFTY = 1
    USED_UP = 2


def ceiling(limit: int, *, essential: bool) -> int:
    """How many of the month's calls may be spent.

    essential: on closing a card, or on a message to a person who cannot be reached in another way.
    """
    kept_back = max(math.ceil(limit * _KEPT_BACK_SHARE), _KEPT_BACK_LEAST)
    return limit if essential else max(limit - kept_back, 0)


def level_of(spent: int, limit: int) -> Level:
    """What `spent` of `limit` calls a month comes to."""
    if spent + CARD_CALLS > ceiling(limit, essential=False):
        return Level.USED_UP
    return Level.THRIFTY if spent >= limit * _THRIFTY_SHARE else Level.AMPLE


def mode_at(level: Level, wanted: Mode) -> Mode:
    """The mode that the month leaves to a bot that is set to `wanted`."""
    if level is Level.USED_UP:
        return "final"
    return _THRIFTIER[wanted] if level is Level.THRIFTY else wanted


def frames_ahead(mode: Mode) -> int:
    """How many frames are worth reserving at once."""
    return {"live": _LIVE_BLOCK, "economical": len(_ECONOMICAL_MS), "final": 0}[mode]


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


def trickle(limit: int) -> int:
    """What a process may send of `limit` calls a second while it cannot be told what the others hold."""
    return max(limit // 10, 1)


def ahead_of_need(limit: int) -> int:
    """What a process holds of `limit` calls a second before any has to wait: enough for an answer or two."""
    return max(limit // 5, 1)


def spare_calls(share: int) -> int:
    """How many of a share frames may take; the rest is for calls that nothing comes after."""
    return share - share // 4
