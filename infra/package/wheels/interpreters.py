"""Finding a Python of a given version on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from infra.package.errors import PackagingError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROBE = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)"
_PROBE_SECONDS = 20


class Interpreter(msgspec.Struct, frozen=True):
    """A Python on this machine; `version` is like "3.12.4"."""

    path: Path
    version: str

    def is_a(self, version: str) -> bool:
        """Whether it is of the minor version, such as "3.12"."""
        return self.version.rpartition(".")[0] == version


def find_interpreter(version: str, *, given: Path | None = None) -> Interpreter:
    """A Python of the minor version: `given`, this one, one on PATH, one of uv's, or one of pyenv's.

    Raises:
        PackagingError: there is none, or `given` is another version.
    """
    if given is not None:
        interpreter = probe(given)
        if interpreter is None or not interpreter.is_a(version):
            found = f"is Python {interpreter.version}" if interpreter else "is no Python that runs"
            raise PackagingError(f"{given} {found}, but Python {version} is needed. Name another one.")
        return interpreter
    for candidate in _candidates(version):
        interpreter = probe(candidate)
        if interpreter is not None and interpreter.is_a(version):
            return interpreter
    raise PackagingError(
        f"There is no Python {version} here: not on PATH as python{version}, not among uv's and not among "
        f"pyenv's. Install it with `uv python install {version}` (`pip install uv` brings uv) or "
        f"`pyenv install {version}`."
    )


def probe(path: Path) -> Interpreter | None:
    """What runs at `path`; None when it is no Python, or a launcher without one behind it."""
    try:
        done = subprocess.run(  # noqa: S603 - a Python of this machine, asked for its version
            [str(path), "-I", "-S", "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 2:  # noqa: PLR2004 - as the probe prints
        return None
    # pyenv's python3.12 is a script that chooses; the program behind it starts faster and needs no PYENV_*.
    return Interpreter(Path(lines[1]), lines[0])


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    if on_path := shutil.which(f"python{version}"):
        yield Path(on_path)
    data = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    # Source: uv, "Python versions": folders such as cpython-3.12.4-… below UV_PYTHON_INSTALL_DIR.
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", data / "uv" / "python"))
    yield from sorted(uv.glob(f"cpython-{version}.*/bin/python{version}"))
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(root.glob(f"versions/{version}.*/bin/python{version}"))
