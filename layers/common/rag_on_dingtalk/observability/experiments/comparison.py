"""The two arms of an experiment beside one another. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.observability.experiments.counts import ArmCounts
from rag_on_dingtalk.observability.experiments.proportions import at_least, two_proportions

if TYPE_CHECKING:
    from collections.abc import Iterator

Measure = Literal["failed", "nothing_found", "disliked", "bad"]

#: What is compared; more of any of it is worse.
MEASURES: tuple[Measure, ...] = ("failed", "nothing_found", "disliked", "bad")

#: Questions of each arm, below which a test says nothing.
LEAST_TO_TEST = 50
_SIGNIFICANT = 0.05
#: The guard looks again and again, so it asks for more certainty than a single look would.
_CONFIDENCE = 0.99
#: Questions of the canary, below which the guard is silent: three bad answers in a row happen to anyone.
LEAST_TO_GUARD = 10


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One measure in both arms.

    share, stable_share: of the arm's questions.
    p: how likely such a difference is by chance; None: too few questions to tell.
    """

    measure: Measure
    share: float
    stable_share: float
    p: float | None

    @property
    def significant(self) -> bool:
        """Whether the arms differ by more than chance."""
        return self.p is not None and self.p < _SIGNIFICANT


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment's two arms."""

    canary: ArmCounts
    stable: ArmCounts
    differences: tuple[Difference, ...]

    @property
    def tested(self) -> bool:
        """Both arms have enough questions."""
        return min(self.canary.asked, self.stable.asked) >= LEAST_TO_TEST


def compare(canary: ArmCounts, stable: ArmCounts) -> Comparison:
    """Both arms, tested against one another."""
    return Comparison(canary=canary, stable=stable, differences=tuple(_differences(canary, stable)))


def _differences(canary: ArmCounts, stable: ArmCounts) -> Iterator[Difference]:
    enough = min(canary.asked, stable.asked) >= LEAST_TO_TEST
    for measure in MEASURES:
        count, other = getattr(canary, measure), getattr(stable, measure)
        yield Difference(
            measure=measure,
            share=_share(count, canary.asked),
            stable_share=_share(other, stable.asked),
            p=two_proportions(count, canary.asked, other, stable.asked) if enough else None,
        )


def worse(canary: ArmCounts, stable: ArmCounts, *, margin: float) -> str:
    """Why the canary is to be stopped: numbers; empty: it is not.

    It is when a share of it is for certain, as far as 99 in 100 goes, more than `margin` above stable's.
    Stable is taken to have one bad and one good question more, so that few of them prove little.

    margin: 0.1 is ten percentage points.
    """
    if canary.asked < LEAST_TO_GUARD:
        return ""
    for measure in MEASURES:
        count, other = getattr(canary, measure), getattr(stable, measure)
        expected = (other + 1) / (stable.asked + 2)
        if at_least(count, canary.asked, confidence=_CONFIDENCE) > expected + margin:
            return f"{measure} {count}/{canary.asked}, stable {other}/{stable.asked}"
    return ""


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0
