"""The start of a markdown text that is still being written, made whole for showing. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.rendering.markdown.inline.spans import code_spans, without_code
from rag_on_dingtalk.rendering.markdown.inline.strong import pairs
from rag_on_dingtalk.rendering.markdown.reading.fences import opening_fence, take_apart
from rag_on_dingtalk.rendering.markdown.reading.tables import is_delimiter_row

if TYPE_CHECKING:
    from rag_on_dingtalk.rendering.markdown.reading.fences import Fence

#: Marks whose text has not come yet: of a heading, a point, a quote, a rule, a fence, a table.
_ONLY_MARKS = re.compile(r"(?:[#>*+=_~`$|:\s-]+|\d{1,3}[.)]|\\[\[(]?)$")
#: A link or picture up to its closing bracket; or a word in brackets, as ( may follow.
_HALF_LINK = re.compile(
    r"\\?!?\[(?:[^\[\]]|\[[^\[\]]*\]){0,300}(?:\](?:\((?:[^()]|\([^()]*\)){0,2000}(?:\([^()]{0,200})?)?)?$"
)
_HALF_FORMULA = re.compile(r"\\\((?:[^\\]|\\(?![()])){0,300}$")
_HALF_TAG = re.compile(r"<(?:[A-Za-z/!][^<>]{0,300})?$")
_HALF_MARK = re.compile(r"(?<![*~])[*~]$")
_STRUCK = re.compile(r"(?<!~)~~(?!~)")


def close_open(text: str) -> str:
    """The text without the markup at its end that cannot be shown yet, and with the rest of it closed.

    Held back: half a link, formula or tag, a table row or header until it is whole, marks without text.
    Closed: a block of code, a code span, bold, struck-out text.
    """
    unclosed = _unclosed_fence(text)
    if unclosed is not None:
        fence, start, code = unclosed
        if text[code:].strip():
            return _closed_fence(text, fence)
        text = text[:start]
    return _without_half_table(_closed_line(text)).rstrip()


def _unclosed_fence(text: str) -> tuple[Fence, int, int] | None:
    """The fence that is not closed, where its line begins, and where its code does."""
    if "```" not in text and "~~~" not in text:
        return None
    found: tuple[Fence, int, int] | None = None
    at = 0
    for line in text.split("\n"):
        start, at = at, at + len(line) + 1
        if found is not None and found[0].left_by(line):
            found = None
        if found is None:
            fence = opening_fence(line)
            found = None if fence is None else (fence, start, at)
        elif found[0].closed_by(line):
            found = None
    return found


def _closed_fence(text: str, fence: Fence) -> str:
    last = text[text.rfind("\n") + 1 :]
    if not take_apart(last).body.strip(fence.run[0]):
        # Half of the closing fence, or nothing yet.
        text = text[: len(text) - len(last)]
    return f"{text.rstrip()}\n{fence.prefix}{fence.run}"


def _closed_line(text: str) -> str:
    """The text with its last line closed."""
    start = text.rfind("\n") + 1
    line = text[start:]
    code = ""
    alone = code_spans(line)[1]
    if alone:
        opening, end = alone[0]
        run, inside = line[opening:end], line[end:].rstrip("`")
        line, code = line[:opening], f"{run}{inside}{run}" if inside.strip() else ""
    whole = _without_half(line)
    closed = _closed_marks(whole, code if whole == line else "")
    return text[:start] + ("" if _ONLY_MARKS.match(take_apart(closed).body) else closed)


def _without_half(line: str) -> str:
    """The line up to a link, formula or tag that is not whole yet."""
    bare = without_code(line)
    for half in (_HALF_LINK, _HALF_FORMULA, _HALF_TAG, _HALF_MARK):
        match = half.search(bare)
        if match is not None:
            bare = bare[: match.start()]
    return line[: len(bare)]


def _closed_marks(line: str, code: str) -> str:
    """The line with its bold and struck-out text ended, behind the code it ends with."""
    bare = without_code(line) + "x" * len(code)
    if not code and (open_at := _at_the_end(bare)):
        bare = bare[:open_at].rstrip()
        line = line[: len(bare)]
    struck = [match.start() for match in _STRUCK.finditer(bare)]
    marks = [(pairs(bare)[1], "**"), (struck[-1] if len(struck) % 2 else None, "~~")]
    line += code
    for at, mark in sorted(((at, mark) for at, mark in marks if at is not None), reverse=True):
        line = f"{line.rstrip()}{mark}" if line[at + len(mark) :].strip() else line[:at].rstrip()
    return line


def _at_the_end(bare: str) -> int:
    """Where the `**` begins that the line ends with and that ends no bold; 0 for none."""
    end = bare.rstrip()
    if not end.endswith("**") or any(closing + 2 == len(end) for _, closing in pairs(bare)[0]):
        return 0
    return len(end) - 2


def _without_half_table(text: str) -> str:
    """The text without a table row that is not whole yet, or a header whose delimiters have not come."""
    lines = text.split("\n")
    ended = not lines[-1].strip()
    end = len(lines) - ended
    first = end
    while first and lines[first - 1].lstrip().startswith("|"):
        first -= 1
    rows = lines[first:end]
    is_table = len(rows) > 1 and is_delimiter_row(rows[1])
    whole = is_table and (ended or rows[-1].rstrip().endswith("|"))
    return text if whole or not rows else "\n".join(lines[: end - 1])
