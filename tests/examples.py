"""How many examples a property gets: the most in `make test-random`, the fewest in `make unit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

#: Of the profile that draws new examples each time; what a property asks for is meant for it.
USUAL = 100
#: Of the profile `quick`.
_QUICK = 10
_EVERY = 10


def examples(number: int) -> int:
    """`number`, or the share of it that the profile gives."""
    return max(number * _profile() // USUAL, 1)


def cases(every: Sequence[T]) -> Sequence[T]:
    """All of them; each tenth one in `make unit`."""
    return every if _profile() > _QUICK else every[::_EVERY]


def _profile() -> int:
    assert settings.default is not None
    return settings.default.max_examples
