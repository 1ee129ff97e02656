"""How long everything may take, and the pauses between attempts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from random import Random


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds.

    connect: for the WebSocket's handshake.
    ping, pong: between two WebSocket pings, and how long the answer may take; else the peer is gone.
    silence: without any frame of DingTalk's the connection is replaced. Its own pings come every 20 to 30 s,
        by what users of its SDKs have seen.
    clock_jump: the two clocks have drifted apart by this: the machine slept, and so did the connection.
    look: between two looks at silence and clocks.
    rotate: a connection is replaced after this long, give or take a quarter.
    drain: from `disconnect` to when DingTalk closes.
    finish: for the acknowledgements that are under way when a connection is closed.
    first_pause, longest_pause: between attempts to connect, before jitter.
    refused_pause, longest_refused_pause: the same when DingTalk refuses the credentials.
    """

    connect: float = 10.0
    ping: float = 20.0
    pong: float = 20.0
    silence: float = 90.0
    clock_jump: float = 30.0
    look: float = 5.0
    rotate: float = 4 * 3600.0
    drain: float = 10.0
    finish: float = 5.0
    first_pause: float = 1.0
    longest_pause: float = 60.0
    refused_pause: float = 60.0
    longest_refused_pause: float = 300.0


#: Doubling further changes nothing, and 2 ** 1000 is no float.
_MOST_DOUBLINGS = 16


def pause_after(failed: int, timing: Timing, random: Random, *, refused: bool = False) -> float:
    """Seconds to wait after `failed` failures in a row, the first one included.

    With full jitter, so that the replicas of one bridge do not come back together.
    refused: DingTalk does not accept the Client ID or the Client Secret: never sooner than `refused_pause`.
    """
    doubled = 2.0 ** min(failed - 1, _MOST_DOUBLINGS)
    if refused:
        most = min(timing.refused_pause * doubled, timing.longest_refused_pause)
        return random.uniform(timing.refused_pause, most)
    return random.uniform(0.0, min(timing.first_pause * doubled, timing.longest_pause))


def rotation_after(timing: Timing, random: Random) -> float:
    """How long a connection is kept."""
    return timing.rotate * random.uniform(0.75, 1.25)
