"""Golden questions as lines, one each, as a spreadsheet gives its cells when they are copied. Pure.

Cells are divided by tabs, else by `|`: the question, what the answer must contain, the sources that it must
name, what it must not contain. Several texts in a cell are divided by `;`, texts of which one is enough by
` / `. `找不到` or `nothing` in place of what it must contain: the documents do not answer it.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.evaluation.golden import GoldenQuestion, check_sense

Wrong = Literal["empty", "too_many", "cells", "too_long", "nothing_wanted", "contradiction", "twice"]
#: Why a line cannot be used, and what to do: in Chinese and English.
SENTENCES: dict[Wrong, tuple[str, str]] = {
    "empty": ("没有问题：每行写一个。", "There is no question: write one a line."),
    "too_many": ("最多 200 个问题，请分成几份。", "200 questions at most. Make several lists."),
    "cells": (
        "一行最多四格：问题、必须出现、必须引用、不许出现。",
        "A line has four cells at most: question, must contain, must cite, must not contain.",
    ),
    "too_long": (
        "问题最多 4000 个字，每段文字最多 500 个字。",
        "A question has 4,000 characters at most, each text 500.",
    ),
    "nothing_wanted": (
        "没有写答案要满足什么。请在第二格写必须出现的文字，或者写「找不到」。",
        "Nothing must hold. Write what the answer must contain into the second cell, or `nothing`.",
    ),
    "contradiction": (
        "找不到答案就不会引用资料，请去掉一个。",
        "An answer that finds nothing cites nothing. Remove one.",
    ),
    "twice": ("这个问题前面已经有了。", "This question stands above already."),
}  # fmt: skip
#: Of one list.
MOST_QUESTIONS = 200
_CELLS = 4
_HEADINGS = frozenset(("问题", "question"))
_NOTHING = frozenset(("找不到", "nothing"))
_BARS, _SEVERAL, _EITHER = re.compile("[|｜]"), re.compile("[;；]"), re.compile(r"\s[/／]\s")


class Mistake(msgspec.Struct, frozen=True):
    """A line that cannot be used; line: counted from 1."""

    line: int
    wrong: Wrong


def read_lines(text: str) -> tuple[tuple[GoldenQuestion, ...], tuple[Mistake, ...]]:
    """The questions of the lines that can be used, and what is wrong with the others.

    Blank lines, lines that begin with `#`, and a first line of headings are passed over.
    """
    found: dict[str, GoldenQuestion] = {}
    mistakes: list[Mistake] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in (line.split("\t") if "\t" in line else _BARS.split(line))]
        while cells and not cells[-1]:
            cells.pop()
        if not found and not mistakes and cells and cells[0].casefold() in _HEADINGS:
            continue
        read = _question(cells, found)
        if isinstance(read, GoldenQuestion):
            found[read.ask] = read
        else:
            mistakes.append(Mistake(number, read))
    if len(found) > MOST_QUESTIONS:
        mistakes.append(Mistake(1, "too_many"))
    if not found and not mistakes:
        mistakes.append(Mistake(1, "empty"))
    return tuple(found.values()), tuple(mistakes)


def _question(cells: list[str], before: dict[str, GoldenQuestion]) -> GoldenQuestion | Wrong:
    if len(cells) > _CELLS:
        return "cells"
    ask, contain, cite, unwanted = (*cells, *[""] * (_CELLS - len(cells)))
    if not ask:
        return "empty"
    if ask in before:
        return "twice"
    nothing = contain.casefold() in _NOTHING
    wanted = [_one_of(part) for part in _parts(contain)] if not nothing else []
    given = {
        "ask": ask,
        "must_contain": wanted,
        "must_cite": _parts(cite),
        "must_not": _parts(unwanted),
        "must_find_nothing": nothing,
    }
    try:
        question = msgspec.convert(given, GoldenQuestion)
    except msgspec.ValidationError:
        return "too_long"
    try:
        check_sense("", question)
    except ConfigurationError:
        return "contradiction" if nothing else "nothing_wanted"
    return question


def _one_of(part: str) -> str | list[str]:
    options = [option.strip() for option in _EITHER.split(part) if option.strip()]
    return options if len(options) > 1 else part


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in _SEVERAL.split(cell) if part.strip()]
