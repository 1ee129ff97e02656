"""The deployment's own plug-ins: modules in a folder, and packages that its requirements.txt pins."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from infra.package.errors import PackagingError
from infra.package.wheels.lock import pins

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from infra.package.wheels.lock import Pin
    from infra.package.wheels.target import Target

#: What `python -m rag_on_dingtalk plugins add` writes.
LOCK_NAME = "requirements.txt"

#: Neither code nor data of a plug-in.
_LEFT_OUT = frozenset(("__pycache__", "tests", "test"))
_LEFT_OUT_SUFFIXES = frozenset((".md", ".pyc", ".toml", ".txt"))


def plugin_files(folder: Path) -> dict[PurePosixPath, bytes]:
    """The modules of the folder with their data, by their place in the layer's `python/`."""
    found = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        place = PurePosixPath(path.relative_to(folder).as_posix())
        hidden = any(part.startswith(".") or part in _LEFT_OUT for part in place.parts)
        if path.is_file() and not hidden and path.suffix not in _LEFT_OUT_SUFFIXES:
            found[place] = path.read_bytes()
    return found


def plugin_pins(folder: Path, target: Target, layer: Sequence[Pin]) -> list[Pin]:
    """The packages that the folder's lock pins and the layer does not hold anyway.

    Raises:
        PackagingError: the lock cannot be read, or wants another version of what the layer holds.
    """
    lock = folder / LOCK_NAME
    if not lock.is_file():
        return []
    try:
        wanted = pins(lock.read_text(encoding="utf-8"), target)
    except PackagingError as error:
        raise PackagingError(f"{lock}: {error}") from error
    held = {pin.name: pin.version for pin in layer}
    for pin in wanted:
        if held.get(pin.name, pin.version) != pin.version:
            raise PackagingError(
                f"{lock} pins {pin.name} {pin.version}, the layer holds {held[pin.name]}. Add the plug-in "
                "again (python -m rag_on_dingtalk plugins add), or take another version of it."
            )
    return [pin for pin in wanted if pin.name not in held]
