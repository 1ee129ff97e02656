"""Bold, next to Chinese. Pure.

CommonMark takes `**` for the end of bold only where it is not squeezed between punctuation and a letter, so
`**注意：**请` shows its asterisks. Models write this all the time; a blank beside the asterisks mends it.
"""

from __future__ import annotations

import re
import unicodedata

_MARK = re.compile(r"(?<![*\\])\*\*(?!\*)")
#: Punctuation that ends something: neither bold nor, in Chinese typesetting, a line begins with it.
NEVER_FIRST = frozenset("，。！？；：、）】」』”’》〉,.!?;:)]}…")
_NEVER_LAST = frozenset("（【「『“‘《〈([{")


def pairs(line: str) -> tuple[list[tuple[int, int]], int | None]:
    """Where bold begins and ends in a line, and where it begins without an end.

    A `**` that cannot begin bold, as in the masked name 张**， is text.
    """
    marks = [match.start() for match in _MARK.finditer(line)]
    found: list[tuple[int, int]] = []
    index = 0
    while index < len(marks):
        if not _can_open(line, marks[index]):
            index += 1
            continue
        end = next((i for i in range(index + 1, len(marks)) if _can_close(line, marks[i])), None)
        if end is None:
            return found, marks[index]
        found.append((marks[index], marks[end]))
        index = end + 1
    return found, None


def spaced(line: str) -> str:
    """The line with a blank wherever bold would otherwise not be recognised."""
    if line.count("**") < 2:  # noqa: PLR2004 - a beginning and an end
        return line
    blanks: list[int] = []
    for start, end in pairs(line)[0]:
        if start and _squeezed(line[start + 2], line[start - 1]):
            blanks.append(start)
        if end + 2 < len(line) and _squeezed(line[end - 1], line[end + 2]):
            blanks.append(end + 2)
    done = 0
    pieces: list[str] = []
    for at in blanks:
        pieces += (line[done:at], " ")
        done = at
    return "".join((*pieces, line[done:]))


def _can_open(line: str, at: int) -> bool:
    return at + 2 < len(line) and not line[at + 2].isspace() and line[at + 2] not in NEVER_FIRST


def _can_close(line: str, at: int) -> bool:
    return not line[at - 1].isspace() and line[at - 1] not in _NEVER_LAST


def _squeezed(inside: str, outside: str) -> bool:
    return _is_punctuation(inside) and not (outside.isspace() or _is_punctuation(outside))


def _is_punctuation(character: str) -> bool:
    # The control characters stand for sheltered code and link targets, which end in ` and ).
    return character in "\x01\x02" or unicodedata.category(character)[0] in "PS"
