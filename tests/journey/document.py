"""The way as the table of docs/architecture.md and its Chinese twin. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.journey.walking import Frame

BEGIN = "<!-- The table is written by `python -m tests.journey`. -->\n"
END = "<!-- End of the table. -->\n"


def files_of(way: Iterable[Frame]) -> tuple[str, ...]:
    """The files on the way, each once, in the order they are entered."""
    return tuple(dict.fromkeys(frame.file for frame in way))


#: The table's words, by the document's language.
WORDS = {
    "en": ("| File | Functions |", "{files} files, {frames} frames."),
    "zh": ("| 文件 | 函数 |", "{files} 个文件，{frames} 帧。"),
}


def table(way: tuple[Frame, ...], language: str = "en") -> str:
    """The table in Markdown, and the sentence with the counts under it."""
    head, counts = WORDS[language]
    rows = []
    at = 0
    while at < len(way):
        file, functions = way[at].file, []
        while at < len(way) and way[at].file == file:
            functions.append(f"`{way[at].function}`")
            at += 1
        rows.append(f"| `{file}` | {' → '.join(functions)} |\n")
    said = counts.format(files=len(files_of(way)), frames=len(way))
    return f"{head}\n|---|---|\n{''.join(rows)}\n{said}\n"


def written_into(document: str, way: tuple[Frame, ...], language: str = "en") -> str:
    """The document with the table of today.

    Raises:
        ValueError: the document has no place for it.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The document has no lines {BEGIN.strip()!r} and {END.strip()!r} around its table.")
    return f"{before}{BEGIN}{table(way, language)}{END}{after}"
