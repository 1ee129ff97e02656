"""A backslash where a line ends. Pure.

CommonMark takes one for a line break, so models write one; before `<br>` it would make text of the `<`.
"""

from __future__ import annotations

import re

#: `D:\\资料\\` ends in a backslash of its own.
_PATH = re.compile(r"(?:[\\/]|[A-Za-z]:)\S*\\\Z")


def without_backslash(line: str) -> str:
    """A line without the backslashes at its end that stand for a line break; a path keeps its own."""
    end = line.rstrip()
    # What is left may end in one, too.
    while _ends_in_one(end) and not _PATH.search(end.split()[-1]):
        line = end = end[:-1].rstrip()
    return line


def before_breaks(lines: list[str]) -> list[str]:
    """The lines of a block, with a blank behind a backslash that a break follows on."""
    if not any(line.endswith("\\") for line in lines[:-1]):
        return lines
    return [*(f"{line} " if _ends_in_one(line) else line for line in lines[:-1]), lines[-1]]


def _ends_in_one(line: str) -> bool:
    """Whether a backslash that escapes something, and is not escaped itself, ends a line."""
    return line.endswith("\\") and (len(line) - len(line.rstrip("\\"))) % 2 == 1
