"""How many examples a property gets: fewer in `make unit`, which answers in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

#: Of the profiles but `quick`.
USUAL = 100
_EVERY = 5


def examples(number: int) -> int:
    """`number`, or the share of it that the profile gives."""
    return max(number * _profile() // USUAL, 1)


def cases(every: Sequence[T]) -> Sequence[T]:
    """All of them; each fifth one where the profile gives fewer examples."""
    return every if _profile() >= USUAL else every[::_EVERY]


def _profile() -> int:
    assert settings.default is not None
    return settings.default.max_examples
