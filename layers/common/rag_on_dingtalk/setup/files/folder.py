"""The files setup writes, and how it writes them: whole or not at all, and for their owner only."""

from __future__ import annotations

import contextlib
import difflib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.setup.files.change import Change

#: They hold secrets.
_OWNER_ONLY = 0o600


class Draft(msgspec.Struct, frozen=True):
    """A file as it will be.

    before: its text now; None: there is none.
    secret: it holds secrets, and is made readable by its owner only.
    lines: the difference as it may be shown.
    """

    path: Path
    before: str | None
    after: str
    secret: bool
    lines: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    @property
    def opens(self) -> bool:
        """Whether it holds secrets and others than its owner can read it now."""
        return self.secret and _too_open(self.path)


def _too_open(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except OSError:
        return False


def draft_of_secrets(path: Path, before: str | None, after: str, changes: Sequence[Change]) -> Draft:
    """A file whose values are shown by name only."""
    return Draft(path, before, after, secret=True, lines=tuple(map(str, changes)))


def draft_of_text(path: Path, before: str | None, after: str) -> Draft:
    """A file without secrets, shown line by line."""
    difference = difflib.unified_diff(
        (before or "").splitlines(), after.splitlines(), lineterm="", n=1, fromfile="now", tofile="then"
    )
    return Draft(path, before, after, secret=False, lines=tuple(difference)[2:])


def read(path: Path) -> str | None:
    """A file's text; None: there is no such file.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}. Correct that and run setup again."
        ) from error


def write(draft: Draft) -> None:
    """Replace the file in one step; a file with secrets gets mode 600, another one keeps its own.

    Raises:
        ConfigurationError: it cannot be written; then it is as it was.
    """
    path = draft.path
    try:
        mode = _OWNER_ONLY if draft.secret or draft.before is None else stat.S_IMODE(path.stat().st_mode)
        # Through a link the file that it leads to is replaced, and not the link.
        target = path.resolve()
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as out:
                out.write(draft.after)
                os.fchmod(out.fileno(), mode)
            Path(name).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}. It is as it was; correct that and run setup again."
        ) from error
