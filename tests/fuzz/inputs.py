"""Where inputs begin, and how one becomes the next, for each target."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.fuzz import pushes
from tests.fuzz.mutator import Mutator

if TYPE_CHECKING:
    from collections.abc import Iterator

_POOL = 100


def seeds(target: str) -> list[bytes]:
    """What the target sees every day."""
    if target == "handler":
        return [pushes.authentic(plain) for plain in pushes.SEEDS]
    return [plain.body for plain in pushes.SEEDS]


def change(target: str, data: bytes, number: int) -> bytes:
    """Another input that still means something; the same number makes the same one."""
    mutator = Mutator(Random(number))  # noqa: S311 - repeatable
    return mutator.resign(data) if target == "handler" else mutator.reword(data)


def stream(target: str, seed: int) -> Iterator[bytes]:
    """Inputs without end and without guidance, each made of a seed or of one before."""
    random = Random(seed)  # noqa: S311 - repeatable
    mutator = Mutator(random)
    began = seeds(target)
    pool = [random.choice(began) for _ in range(_POOL)]
    while True:
        place = random.randrange(_POOL)
        data = pool[place]
        if random.random() < 0.3:
            data = mutator.scramble(data)
        else:
            data = change(target, data, random.getrandbits(32))
        # A chain of changes ends before nothing is left of the push.
        pool[place] = data if random.random() < 0.7 else random.choice(began)
        yield data
