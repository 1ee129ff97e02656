"""What a question looks like: code, a table, several questions. Pure, and bounded however long the text is.

>>> has_code("为什么报错？ Traceback (most recent call last):")
True
>>> asks_several("年假有几天？病假呢？")
True
"""

from __future__ import annotations

import re

#: Of a longer text, what comes first tells.
MOST_READ = 2_000

#: Each begins with letters or signs of its own and repeats nothing without a bound.
_CODE = re.compile(
    r"```|`[^`\n]{2,80}`"
    r"|traceback \(most recent|\bexception in thread|\bat [\w.$]{3,60}\([\w.]{1,40}:\d{1,6}\)"
    r"|\b\w{2,40}(?:error|exception):"
    r"|\bselect\b.{1,80}?\bfrom\b|\binsert into\b|\bcreate table\b|\bupdate \w{1,40} set\b"
    r"|\b(?:def|function) \w{1,40} ?\(|\bimport \w{1,40}(?:\.\w{1,40})?\s*(?:;|\n|$)|\bclass \w{1,40} ?[:({]"
    r"|#include ?<|\bpublic static void\b|\bconsole\.log\(|=> ?\{|\);\s|[{}];?\s*\n|</\w{1,20}>"
    r"|(?:^|\n)\s{0,8}(?:\$|>>>|pip install|npm i|sudo|curl|git|docker) \S"
)
_LIST = re.compile(r"(?:^|\n)\s{0,8}(?:\d{1,2}[.、)]|[-*•]|[一二三四五六七八九十][、.])\s{0,4}\S")
_ENDS = re.compile(r"[?？]")
_BETWEEN = re.compile(r"(?:另外|还有|其次|顺便|以及|同时)[^。\n]{1,40}(?:吗|呢|什么|怎么|多少|哪|是否|几)")
_SEVERAL, _COLUMNS, _ROWS = 2, 2, 2


def has_code(text: str) -> bool:
    """A piece of a program, a query, a command or an error's trace."""
    return _CODE.search(text[:MOST_READ]) is not None


def has_table(text: str) -> bool:
    """Two or more lines with columns: between bars, tabs, or commas of equal number."""
    lines = [line for line in text[:MOST_READ].splitlines() if line.strip()]
    barred = sum(line.count("|") >= _COLUMNS for line in lines)
    tabbed = sum(line.count("\t") >= 1 for line in lines)
    return barred >= _ROWS or tabbed >= _ROWS or _has_commas(lines)


def _has_commas(lines: list[str]) -> bool:
    """Lines one after the other with the same number of commas, as in a file of values."""
    counts = [line.count(",") for line in lines]
    return any(
        first >= _COLUMNS and first == second == third
        for first, second, third in zip(counts, counts[1:], counts[2:], strict=False)
    )


def asks_several(text: str) -> bool:
    """More than one question at once: two question marks apart, a list, or 另外…吗."""
    head = text[:MOST_READ]
    marks = sum(1 for part in _ENDS.split(head)[:-1] if part.strip())
    return marks >= _SEVERAL or len(_LIST.findall(head)) >= _SEVERAL or _BETWEEN.search(head) is not None
