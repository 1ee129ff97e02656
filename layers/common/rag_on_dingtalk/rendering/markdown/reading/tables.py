"""Tables: recognised, written the way cards want them, or told row by row. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from rag_on_dingtalk.rendering.markdown.inline.breaks import before_breaks

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_DELIMITER_CELL = re.compile(r"\s*:?-+:?\s*")
#: Every row is filled up to the width of the header, so a header of ten thousand cells is no table.
MOST_COLUMNS = 20
#: A title is repeated in every row; one longer than this is said once, above them.
_LONGEST_TITLE = 60


class Table(Struct, frozen=True):
    """A table; a line break in a cell is a newline.

    delimiters: `---`, `:---`, `---:` or `:---:` per column.
    rows: each as long as the header.
    """

    header: tuple[str, ...]
    delimiters: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def cells(line: str) -> list[str]:
    """The cells of a row, outer pipes or none."""
    line = line.strip()
    found = _UNESCAPED_PIPE.split(line)
    if line.startswith("|"):
        del found[0]
    if len(found) > 1 and not found[-1].strip():
        del found[-1]
    return [cell.strip() for cell in found]


def is_delimiter_row(line: str) -> bool:
    """Whether a line is what separates a header from its rows, such as `|:-:|---|`."""
    line = line.strip()
    if "|" not in line or "-" not in line or line.strip("|:- \t") or line.startswith("- "):
        return False
    return are_delimiters(cells(line))


def are_delimiters(row: Iterable[str]) -> bool:
    """Whether a row of such cells would be read as what separates a header from its rows."""
    return all(_DELIMITER_CELL.fullmatch(cell) for cell in row)


def is_header(line: str, below: str) -> bool:
    """Whether the two lines begin a table.

    Their numbers of cells need not agree: models miscount, and the delimiter row is written anew.
    """
    return (
        "|" in line
        and is_delimiter_row(below)
        and not is_delimiter_row(line)
        and 1 <= len(cells(line)) <= MOST_COLUMNS
    )


def delimiters(line: str, columns: int) -> tuple[str, ...]:
    """The delimiter row for that number of columns; `:-:` is written `:---:`, which every parser takes."""
    given = cells(line)[:columns]
    written = [(":" if c.startswith(":") else "") + "---" + (":" if c.endswith(":") else "") for c in given]
    return (*written, *["---"] * (columns - len(written)))


def fitted(row: list[str], columns: int) -> tuple[str, ...]:
    """The row with exactly that number of cells; what is too much goes into the last one."""
    if len(row) > columns:
        row = [*row[: columns - 1], r" \| ".join(row[columns - 1 :])]
    return (*row, *[""] * (columns - len(row)))


def as_table(table: Table) -> str:
    """Pipes, with blanks around every cell."""
    rows = [table.header, table.delimiters, *table.rows]
    return "\n".join(f"| {' | '.join(_joined(cell, '<br>') for cell in row)} |" for row in rows)


def as_lines(table: Table) -> list[str]:
    """One line a cell, `**column**：value`, with an empty line after each row; empty cells are left out."""
    titles = [_bold(title) for title in table.header]
    lines: list[str] = []
    if not any(map(any, table.rows)) or max(map(len, titles)) > _LONGEST_TITLE:
        lines += [*filter(None, titles), ""]
        titles = [""] * len(titles)
    for row in table.rows:
        for title, value in zip(titles, row, strict=True):
            if value:
                lines.append(_named(title, value) if title else value)
        lines.append("")
    return [line.replace(r"\|", "|") for line in lines]


def _joined(cell: str, between: str) -> str:
    return between.join(before_breaks(cell.split("\n"))) if "\n" in cell else cell


def _named(title: str, value: str) -> str:
    """The value behind its column's title, in one line and with punctuation of the title's language."""
    if title.isascii():
        return f"{title}: {_joined(value, '; ')}"
    return f"{title}：{_joined(value, '；')}"


def _bold(title: str) -> str:
    plain = title.replace("**", "").replace("\n", " ").strip()
    return f"**{plain}**" if plain else ""
