"""Tables in HTML, as RAG products keep them: every cell under its column, empty and spanning ones too. Pure.

Source of what a span means: HTML Living Standard, 4.9.12 "Processing model" (forming a table).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from rag_on_dingtalk.rendering.markdown.inline.spans import without_code
from rag_on_dingtalk.rendering.markdown.reading.tables import MOST_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = re.compile(r"<table(?:\s[^<>]*)?>", re.IGNORECASE)
_TABLE = re.compile(r"<(/?)table(?:\s[^<>]*)?>", re.IGNORECASE)
_TOKEN = re.compile(
    r"<(/?)(table|thead|tbody|tfoot|tr|td|th|caption|colgroup|col)(\s[^<>]*)?/?>", re.IGNORECASE
)
_SPAN = re.compile(r"\b(colspan|rowspan)\s*=\s*[\"']?\s*(\d{1,4})", re.IGNORECASE)
_PIPE = re.compile(r"(?<!\\)\|")
#: More of them name no columns any more.
_MOST_HEADERS = 3


class HtmlTable(Struct, frozen=True):
    """A table, and the text around it.

    before, after: what stands in its first and in its last line besides.
    last: the index of that line.
    caption: its title, or empty.
    header, rows: equally long, as they are written in markdown, but for the markup within.
    """

    before: str
    after: str
    last: int
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class _Cell(Struct):
    columns: int
    rows: int
    is_header: bool
    pieces: list[str]

    @property
    def text(self) -> str:
        return _PIPE.sub(r"\\|", " ".join("".join(self.pieces).split()))


def html_table(lines: list[str], at: int) -> HtmlTable | None:
    """The table that begins in lines[at]; None when none does, or it is none that markdown could show."""
    line = lines[at]
    opening = _OPENING.search(without_code(line) if "`" in line else line) if "<" in line else None
    if opening is None:
        return None
    inside, last, after = _inside(lines, at, opening.end())
    caption, rows = _read(inside)
    grid = _grid(rows)
    columns = max(map(len, grid), default=0)
    if not 1 <= columns <= MOST_COLUMNS or (columns == 1 and len(grid) == 1):
        return None
    full = [(*row, *[""] * (columns - len(row))) for row in grid]
    count = max(1, next((i for i, row in enumerate(rows) if not all(c.is_header for c in row)), len(rows)))
    count = 1 if count > _MOST_HEADERS else count
    header = tuple(
        " ".join(dict.fromkeys(filter(None, column))) for column in zip(*full[:count], strict=True)
    )
    return HtmlTable(line[: opening.start()], after, last, caption, header, tuple(full[count:]))


def _inside(lines: list[str], at: int, start: int) -> tuple[str, int, str]:
    """What stands in the table, the line that ends it, and what follows there; the text may end it, too."""
    inside: list[str] = []
    depth = 1
    for index in range(at, len(lines)):
        line = lines[index] if index > at else lines[at][start:]
        for tag in _TABLE.finditer(line) if "table" in line.lower() else ():
            depth += -1 if tag[1] else 1
            if not depth:
                inside.append(line[: tag.start()])
                return "\n".join(inside), index, line[tag.end() :]
        inside.append(line)
    return "\n".join(inside), len(lines) - 1, ""


def _read(inside: str) -> tuple[str, list[list[_Cell]]]:
    """The caption and the rows; a table within a cell is its words."""
    rows: list[list[_Cell]] = []
    caption = _Cell(1, 1, is_header=False, pieces=[])
    cell: _Cell | None = None
    in_head = False
    done = depth = 0
    for token in _TOKEN.finditer(inside):
        if cell is not None:
            cell.pieces += (inside[done : token.start()], " ")
        done = token.end()
        closing, name = bool(token[1]), token[2].lower()
        if name == "table":
            depth += -1 if closing else 1
        if depth or name in ("table", "tbody", "tfoot", "col", "colgroup"):
            in_head = in_head and name not in ("tbody", "tfoot")
            continue
        if name == "thead":
            in_head, cell = not closing, None
        elif name == "tr":
            cell = None
            rows += [] if closing else [[]]
        elif closing:
            cell = None
        elif name == "caption":
            cell = caption
        else:
            spans = {span.lower(): int(number) for span, number in _SPAN.findall(token[3] or "")}
            cell = _Cell(spans.get("colspan", 1) or 1, spans.get("rowspan", 1), in_head or name == "th", [])
            rows += [] if rows else [[]]
            rows[-1].append(cell)
    if cell is not None:
        cell.pieces.append(inside[done:])
    return caption.text, [row for row in rows if row]


def _grid(rows: list[list[_Cell]]) -> list[tuple[str, ...]]:
    """The words in each column of each row; what spans several stands in each of them."""
    grid: list[tuple[str, ...]] = []
    #: Column → what hangs down into it, and for how many rows more; no number for the rest of the table.
    hanging: dict[int, tuple[str, int | None]] = {}
    for row in rows:
        placed: dict[int, str] = {}
        for column, (text, more) in list(hanging.items()):
            placed[column] = text
            if more == 1:
                del hanging[column]
            elif more is not None:
                hanging[column] = (text, more - 1)
        for column, cell, text in _in_columns(row, placed):
            placed[column] = text
            if cell.rows != 1:
                hanging[column] = (text, cell.rows - 1 if cell.rows else None)
        grid.append(tuple(placed.get(column, "") for column in range(max(placed, default=-1) + 1)))
    return grid


def _in_columns(row: list[_Cell], taken: dict[int, str]) -> Iterator[tuple[int, _Cell, str]]:
    """Where each cell of a row stands, columns that hang down skipped."""
    column = 0
    alone = len(row) == 1 and not taken
    for cell in row:
        for number in range(min(cell.columns, MOST_COLUMNS)):
            while column in taken:
                column += 1
            if column > MOST_COLUMNS:
                return
            # A title over the whole width is said once.
            yield column, cell, "" if number and alone and not cell.is_header else cell.text
            column += 1
