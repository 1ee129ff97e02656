"""Compiled files beside the sources, made by a Python of the version that will load them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from infra.package.errors import PackagingError

if TYPE_CHECKING:
    from pathlib import Path

    from infra.package.wheels.interpreters import Interpreter

_SHOWN_LINES = 5


def compile_tree(folder: Path, *, lands_in: str, interpreter: Interpreter) -> None:
    """Compile every module below `folder`; tracebacks will name them below `lands_in`.

    The files are never checked against their sources: what is deployed is not edited, and a check by time
    would find every one stale, because the zip gives all files one time.

    Raises:
        PackagingError: something does not compile.
    """
    done = subprocess.run(  # noqa: S603 - the interpreter that was found or given
        [
            *(str(interpreter.path), "-s", "-S", "-m", "compileall", "-q", "-f"),
            *("--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", lands_in, str(folder)),
        ],
        # Up to Python 3.10 the order of a compiled set follows the hash seed.
        env={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n  ".join((done.stdout + done.stderr).strip().splitlines()[-_SHOWN_LINES:])
        raise PackagingError(
            f"Python {interpreter.version} could not compile everything. It said:\n  {said}\n"
            "Mend the source, or pin another version of the package."
        )
