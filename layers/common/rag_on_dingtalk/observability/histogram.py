"""Times in buckets that can be added up over instances and hours, and percentiles from them. Pure.

The bounds grow by a quarter each, so a percentile read from the buckets is wrong by a quarter at most,
however many questions there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST_MS, _FACTOR, _LAST_MS = 100, 1.25, 600_000


def _bounds() -> tuple[int, ...]:
    bounds = [_FIRST_MS]
    while bounds[-1] < _LAST_MS:
        bounds.append(round(bounds[-1] * _FACTOR))
    return tuple(bounds)


#: Upper bounds in milliseconds, ascending. Never changed: a stored count means the bucket it was made for.
BOUNDS = _bounds()
#: The bucket of everything beyond.
BEYOND = "inf"


def bucket_of(milliseconds: int) -> str:
    """The name of the bucket that holds a time: its upper bound.

    >>> bucket_of(101), bucket_of(100), bucket_of(10**9)
    ('125', '100', 'inf')
    """
    return next((str(bound) for bound in BOUNDS if milliseconds <= bound), BEYOND)


def percentile(buckets: Mapping[str, int], share: float) -> float | None:
    """The time that this share of the questions took at most, in milliseconds; None without any.

    buckets: counts by name, as `bucket_of` names them. Within a bucket times are taken to be spread evenly;
    beyond the last bound that bound is returned.
    """
    total = sum(buckets.values())
    if not total:
        return None
    wanted, passed, low = share * total, 0, 0
    for bound in BOUNDS:
        count = buckets.get(str(bound), 0)
        if count and passed + count >= wanted:
            return low + (bound - low) * max(wanted - passed, 0) / count
        passed, low = passed + count, bound
    return float(BOUNDS[-1])
