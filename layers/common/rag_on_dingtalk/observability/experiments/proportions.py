"""Two shares compared. Pure; the standard library's normal distribution is all it needs."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()


def two_proportions(count: int, of: int, other_count: int, other_of: int) -> float:
    """How likely shares that differ this much, or more, come from one and the same share: the two-sided p.

    The pooled z-test, e.g. Fleiss, "Statistical Methods for Rates and Proportions", without a correction for
    continuity; 1.0 where one of the two is empty, or nothing differs.

    >>> round(two_proportions(15, 50, 5, 50), 4)
    0.0124
    """
    if not of or not other_of:
        return 1.0
    pooled = (count + other_count) / (of + other_of)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / other_of))
    if not spread:
        return 1.0
    z = (count / of - other_count / other_of) / spread
    return 2 * (1 - _NORMAL.cdf(abs(z)))


def at_least(count: int, of: int, *, confidence: float) -> float:
    """The least share that a sample proves, as far as `confidence` goes: Wilson's lower bound, one-sided.

    Source: E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    >>> round(at_least(10, 10, confidence=0.99), 3)
    0.649
    """
    if not of:
        return 0.0
    z = _NORMAL.inv_cdf(confidence)
    share, square = count / of, z * z / of
    middle = share + square / 2
    reach = z * math.sqrt(share * (1 - share) / of + square / (4 * of))
    return max((middle - reach) / (1 + square), 0.0)
