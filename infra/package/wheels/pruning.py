"""What of a wheel a function never needs. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from infra.package.wheels.target import Target

#: Tests with their data, and a browser's programs (Powertools' page for an OpenAPI).
_FOLDERS = frozenset(("SelfTest", "__pycache__", "swagger_ui", "test", "testdata", "tests"))
#: Modules that only tests and measurements import.
_TEST_MODULES = re.compile(r"(pytest_plugin|test_utils|testing_refleaks|benchmark|_testcapi\..*)\.\w+")
#: Sources of what is compiled, and descriptions for type checkers.
_SUFFIXES = frozenset((".c", ".cpp", ".h", ".pxd", ".pxi", ".pyc", ".pyi", ".pyx", ".typed"))
#: Notes of the installer. METADATA, entry points and licences stay.
_NOTES = frozenset(("INSTALLER", "RECORD", "REQUESTED", "WHEEL", "top_level.txt"))

#: tablestore's native codec is built for one Python; for any other it is 14 MB that cannot be loaded.
_NATIVE_CODEC = ("tablestore", "ots_sdk", "ots_sdk.so")
_NATIVE_CODEC_PYTHON = "3.12"


#: A native module of one Python on one system: `_x.cpython-313-darwin.so`. `.abi3.so` fits every Python.
_NATIVE = re.compile(r".*\.cpython-(?P<python>\d+)-(?P<system>[\w-]+)\.so")


def is_kept(path: PurePosixPath, target: Target) -> bool:
    """Whether a file, by its path below site-packages, goes into the layer."""
    *folders, name = path.parts
    if _FOLDERS.intersection(folders) or path.suffix in _SUFFIXES:
        return False
    if folders and folders[-1].endswith(".dist-info") and name in _NOTES:
        return False
    if _TEST_MODULES.fullmatch(name) or not _fits(name, target):
        return False
    return path.parts != _NATIVE_CODEC or target.version == _NATIVE_CODEC_PYTHON


def _fits(name: str, target: Target) -> bool:
    """Whether a native module can be loaded there; also a wheel for every system may hold those of one."""
    native = _NATIVE.fullmatch(name)
    digits = "".join(map(str, target.digits))
    return native is None or (native["python"] == digits and native["system"] == "x86_64-linux-gnu")
