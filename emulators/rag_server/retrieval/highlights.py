"""Finds the line of a section that a question is about: a row or column of a table, or an item of a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TABLE = re.compile(r"(?:^\|.*\|[ \t]*(?:\n|$))+", re.MULTILINE)
_RULE = re.compile(r"^[\s|:-]+$")
_ITEM = re.compile(r"^[ \t]*(?:[-*]|\d+\.)[ \t]+(?P<text>.*\S)[ \t]*$", re.MULTILINE)

#: The share of the question's terms, by weight, that a label or an item must hold.
_NEEDED_SHARE = 0.5


def table_line(body: str, terms: Mapping[str, float]) -> str | None:
    """The table row or column whose label the question names: `一线城市：员工为 600 元，经理为 750 元`.

    Args:
        body: Markdown of a section.
        terms: the question's terms and how much each tells.
    """
    lines = [line for table in _TABLE.finditer(body) for line in _lines(table.group())]
    best = _standing_out([label for label, _ in lines], terms)
    if best is None:
        return None
    label, cells = lines[best]
    comma = "；" if any("，" in value for _, value in cells) else "，"
    return f"{label}：" + comma.join(f"{name}为 {value}" for name, value in cells if value)


def with_item_in_bold(body: str, terms: Mapping[str, float]) -> str:
    """The section with the list item in bold that the question is about, if one stands out."""
    items = list(_ITEM.finditer(body))
    best = _standing_out([item["text"] for item in items], terms)
    if best is None or len(items) == 1 or "**" in items[best]["text"]:
        return body
    start, end = items[best].span("text")
    return f"{body[:start]}**{body[start:end]}**{body[end:]}"


def _lines(table: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Rows, then columns: the label and (name, value) pairs."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in table.splitlines()
        if not _RULE.match(line)
    ]
    if len(rows) < 2:
        return
    head, *body = rows
    for row in body:
        yield row[0], list(zip(head[1:], row[1:], strict=False))
    for column in range(1, len(head)):
        yield head[column], [(row[0], row[column]) for row in body if column < len(row)]


def _standing_out(candidates: Sequence[str], terms: Mapping[str, float]) -> int | None:
    """The candidate that holds most of the terms; 一线城市 beats 新一线城市, other ties have no winner."""
    shares = [
        sum(weight for term, weight in terms.items() if term in held)
        for held in (set(tokenise(candidate)) for candidate in candidates)
    ]
    most = max(shares, default=0.0)
    if not most or most < _NEEDED_SHARE * sum(terms.values()):
        return None
    first = [at for at, share in enumerate(shares) if share == most]
    shortest = min(first, key=lambda at: len(candidates[at]))
    alone = all(at == shortest or candidates[shortest] in candidates[at] for at in first)
    return shortest if alone else None
