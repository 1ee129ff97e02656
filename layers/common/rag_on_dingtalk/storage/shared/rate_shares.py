"""How the processes of an app divide the calls of a second among them. Pure.

The row of the month names what each process holds. What all of them hold together never passes the limit: a
process takes only what is free, and gives up only what it has stopped using. No clocks are compared but for
the end of a share, and that with a grace.
"""

from __future__ import annotations

import math

import msgspec

#: How long after its end a share still counts to the others. The last call sent under it may be on its way
#: and stays in DingTalk's second for one more, which takes 1.2 s; by what is left, two clocks may disagree.
GRACE_MS = 3_000

#: In advance a process takes no more than this part of what is free: others may come.
_ADVANCE_PART = 4


class Held(msgspec.Struct, frozen=True, array_like=True):
    """What one process holds.

    until_ms: when it ends, by that process's clock, in milliseconds since the epoch.
    calls: how many it may send to each API within any second.
    short: it has calls waiting that these do not suffice for.
    """

    until_ms: int
    calls: int = 0
    short: bool = False


Shares = dict[str, Held]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a process wants of each second.

    limit: calls a second, of the app and each API.
    need: how many it could send now, or has sent within the last second; 0: none at all.
    ahead: how many it takes in advance while much is free.
    floor: how many it may still be sending while the claim is on its way; it cannot hold fewer.
    served: it has sent what it holds, so that another may have it; lot: drawn from 0 to 1, decides whether it
        is this process that makes room where more are short than there are calls.
    until_ms: when the share is to end; 0: it is given up, but for `floor`.
    """

    limit: int
    need: int
    ahead: int = 0
    floor: int
    served: bool = False
    lot: float = 0.0
    until_ms: int


def living(shares: Shares, now_ms: int) -> Shares:
    """Those that still count."""
    return {name: held for name, held in shares.items() if held.until_ms + GRACE_MS > now_ms}


def fair(shares: Shares, claim: Claim, *, by: str) -> int:
    """How many calls a second `by` should hold, by what the others hold and want.

    What processes hold that are not short is theirs; those that are short divide the rest evenly. More of
    them than there are calls hold one call in turn.

    >>> claim = Claim(limit=20, need=50, floor=20, until_ms=1)
    >>> fair({"a": Held(0, 20), "b": Held(0, short=True)}, claim, by="a")
    10
    """
    others = [held for name, held in shares.items() if name != by]
    rest = max(claim.limit - sum(held.calls for held in others if not held.short), 0)
    short = sum(held.short for held in others)
    if not short:
        return min(max(claim.need, min(claim.ahead, rest // _ADVANCE_PART)), rest)
    even = math.ceil(rest / (short + 1))
    if claim.served and short + 1 > rest:
        empty = sum(held.short and not held.calls for held in others)
        even = 0 if claim.lot * rest < empty else even
    return min(claim.need, even)


def claimed(shares: Shares, claim: Claim, *, by: str, now_ms: int) -> Shares:
    """What each process holds after `by` has made its claim."""
    after = living(shares, now_ms)
    after.pop(by, None)
    free = claim.limit - sum(held.calls for held in after.values())
    wanted = fair(after, claim, by=by)
    calls = max(min(wanted, free), claim.floor, 0)
    if claim.until_ms:
        after[by] = Held(claim.until_ms, calls, short=claim.need > calls)
    elif calls:
        after[by] = Held(now_ms, calls)
    return after
