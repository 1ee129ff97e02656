"""SHA256SUMS, as `sha256sum --check` reads it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUMS = "SHA256SUMS"


def write_checksums(folder: Path) -> Path:
    """Write the hash of every other file of the folder, by name.

    Raises:
        OSError: a file cannot be read, or the list cannot be written.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    written = folder / SUMS
    written.write_text("".join(lines), encoding="utf-8")
    return written
