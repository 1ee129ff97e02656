"""What of a wheel a function never needs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from infra.package.target import Target

_FOLDERS = frozenset(("SelfTest", "__pycache__", "test", "tests"))
#: Sources of what is compiled, and descriptions for type checkers.
_SUFFIXES = frozenset((".c", ".cpp", ".h", ".pxd", ".pxi", ".pyc", ".pyi", ".pyx", ".typed"))
#: Notes of the installer. METADATA, entry points and licences stay.
_NOTES = frozenset(("INSTALLER", "RECORD", "REQUESTED", "WHEEL", "top_level.txt"))

#: tablestore's native codec is built for one Python; for any other it is 14 MB that cannot be loaded.
_NATIVE_CODEC = ("tablestore", "ots_sdk", "ots_sdk.so")
_NATIVE_CODEC_PYTHON = "3.12"


def is_kept(path: PurePosixPath, target: Target) -> bool:
    """Whether a file, by its path below site-packages, goes into the layer."""
    *folders, name = path.parts
    if _FOLDERS.intersection(folders) or path.suffix in _SUFFIXES:
        return False
    if folders and folders[-1].endswith(".dist-info") and name in _NOTES:
        return False
    return path.parts != _NATIVE_CODEC or target.version == _NATIVE_CODEC_PYTHON
