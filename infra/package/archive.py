"""Zips that are the same for the same files: sorted entries, one time, one mode."""

from __future__ import annotations

import stat
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: The earliest a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644
_UNIX = 3


def write_zip(zip_file: Path, folder: Path) -> int:
    """Put every file below `folder` into a zip; returns how many bytes they take unpacked.

    A reader of `zip_file` meanwhile sees the old or the new one, never a half.
    """
    unpacked = 0
    draft = zip_file.with_suffix(".part")
    with zipfile.ZipFile(draft, "w") as opened:
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = _UNIX
                entry.external_attr = _MODE << 16
                content = path.read_bytes()
                unpacked += len(content)
                opened.writestr(entry, content)
    draft.replace(zip_file)
    return unpacked
