"""What the seconds of an answer cost. Pure."""

from __future__ import annotations

#: CNY a second of an answer, as deployed: half a vCPU and 512 MB, the first tier (cost/prices.json), alone in
#: its instance. Answers that share an instance cost less.
CNY_A_SECOND = (0.5 + 0.5 * 0.15) * 0.00011


def cny_of(busy_ms: int) -> float:
    """CNY for that much time of answers.

    >>> f"{cny_of(1_000_000):.4f}"
    '0.0633'
    """
    return busy_ms / 1000 * CNY_A_SECOND
