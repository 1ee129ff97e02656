"""What travels beside the compiled bots in a file of its own, because the callback never reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_beside(compiled: Path, name: str, content: bytes) -> None:
    """Write it beside the compiled bots; without content a file from before goes away.

    Raises:
        OSError: it cannot be written.
    """
    file = compiled.with_name(name)
    if content:
        file.write_bytes(content)
    else:
        file.unlink(missing_ok=True)
