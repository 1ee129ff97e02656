"""Where the functions' code and layers lie on this machine, and the Python that runs them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Programs:
    """What stands in for the cloud's file system.

    folder: a function's `code` in s.yaml → the folder that stands in for /code.
    python_path: stands in for the layers' /opt/python.
    python: the interpreter, with its options.
    """

    folder: Callable[[str], Path]
    python_path: Sequence[str] = ()
    python: Sequence[str] = (sys.executable,)


def beside(s_yaml: Path, python_path: Sequence[str] = ()) -> Programs:
    """The usual case: `code` names a folder, relative to s.yaml, and this Python runs it."""
    return Programs(folder=lambda code: (s_yaml.parent / code).resolve(), python_path=python_path)
