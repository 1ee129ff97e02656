"""What is not to be used in comments, docstrings, messages, names and documents."""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Names that the code had before; each has a better one in docs/glossary.md.
OLD_NAMES = frozenset(
    (
        "Servant",
        "Happenings",
        "Notices",
        "Recall",
        "Heard",
        "Inquiry",
        "Standing",
        "Enclosures",
        "Enclosed",
        "FrameStream",
        "Intake",
        "Doors",
        "Door",
        "Desk",
        "Lane",
        "Allowance",
        "Allotment",
        "Tally",
        "Patience",
    )
)

_MANNERED = re.compile(
    r"\b(?:some|no|any)body(?:'s)?\b|\bwhoever\b|\bso many\b|\bheirs?\b"
    # "of a dead one's question": a possessive within a possessive.
    r"|\bof an? (?:\w+ )?one's\b",
    re.IGNORECASE,
)
#: One of these stands in each of those; to find a string is far less work than a pattern.
_HINTS = ("body", "whoever", "so many", "heir", "one's")
#: Folders and packages that exist no longer.
_OLD_PLACES = re.compile(
    r"(?<![\w./-])local/\w+|\bpython -m local\b"
    r"|\brag_on_dingtalk[./](?:answering|intake|telemetry|state|queue|config|messages|model)\b"
    r"|(?<![\w/])(?:answering|intake|telemetry)/"
)


class Found(NamedTuple):
    """A word that is not to be used."""

    line: int
    word: str


def words_in_code(source: str) -> Iterator[Found]:
    """Mannered words and old places in comments, docstrings and messages; old names anywhere."""
    # Most files hold none of them, and taking a file apart is a hundred times the work of this look.
    lowered = source.lower()
    mannered = any(hint in lowered for hint in _HINTS) and _MANNERED.search(source)
    if not (mannered or any(name in source for name in OLD_NAMES) or _OLD_PLACES.search(source)):
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and token.string in OLD_NAMES:
            yield Found(token.start[0], token.string)
        # A string without a space is a key, an id or a path, and not prose.
        prose = token.type == tokenize.COMMENT or (_is_text(token.type) and " " in token.string)
        if prose:
            yield from _mannered(token.string, token.start[0])
        if prose or _is_text(token.type):
            yield from _placed(token.string, token.start[0])


def words_in_document(text: str) -> Iterator[Found]:
    """Mannered words, old names in code, and old places."""
    yield from _mannered(text, 1)
    yield from _placed(text, 1)
    for match in re.finditer(r"`([^`\n]+)`", text):
        for name in set(re.findall(r"\w+", match[1])) & OLD_NAMES:
            yield Found(text.count("\n", 0, match.start()) + 1, name)


def words_of(path: Path) -> list[Found]:
    """All that are in one file."""
    text = path.read_text(encoding="utf-8")
    return list(words_in_document(text) if path.suffix == ".md" else words_in_code(text))


def _is_text(kind: int) -> bool:
    # Python 3.12 takes an f-string apart.
    return kind in (tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))


def _mannered(text: str, first_line: int) -> Iterator[Found]:
    for match in _MANNERED.finditer(text):
        yield Found(first_line + text.count("\n", 0, match.start()), match[0])


def _placed(text: str, first_line: int) -> Iterator[Found]:
    for match in _OLD_PLACES.finditer(text):
        yield Found(first_line + text.count("\n", 0, match.start()), match[0])
