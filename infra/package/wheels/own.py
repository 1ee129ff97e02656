"""Wheels that one function carries in its own zip, because the layer of all has no use for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from infra.package.wheels.fetching import collect
from infra.package.wheels.lock import pins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.package.wheels.lock import Pin
    from infra.package.wheels.target import Target

#: By the function's name, its lock file.
_LOCKS = {"console": Path(__file__).parents[3] / "requirements" / "console.txt"}


def own_wheels(layer: Sequence[Pin], target: Target, cache: Path) -> dict[str, dict[Pin, Path]]:
    """The wheels by the function's name.

    layer: what the layer has; cache: where wheels are kept.

    Raises:
        PackagingError: one cannot be had.
    """
    found = {}
    for function, lock in _LOCKS.items():
        wanted = [pin for pin in pins(lock.read_text(encoding="utf-8"), target) if pin not in layer]
        found[function] = dict(zip(wanted, collect(wanted, target, cache), strict=True))
    return found
