"""A long text in parts that fit, each of them whole markdown. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from rag_on_dingtalk.rendering.markdown.characters import character_border, encodable
from rag_on_dingtalk.rendering.markdown.reading.fences import opening_fence
from rag_on_dingtalk.rendering.markdown.reading.tables import is_header
from rag_on_dingtalk.rendering.markdown.writing.borders import LONGEST_MARK, Limits, best_border

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Below this the marks that every part needs anew would leave no room for the text.
_LEAST_CHARACTERS, _LEAST_BYTES = 64, 256
#: `for_card` writes none that is longer.
_LONGEST_FENCE = 24
_GAP = "\n\n"
_BREAK = "<br>"
_BREAKS = re.compile(r"(?:\s|<br>)+")
_QUOTES = re.compile(r"(?:> ?){1,3}")
_ITEM = re.compile(r"( *)(?:[-*+]|\d{1,3}[.)]) ")


def split(text: str, *, characters: int, utf8_bytes: int) -> list[str]:
    """A text that `for_card` or `for_message` made, in parts within both limits; none for a blank text.

    Nothing but white space at the cuts is lost. A block of code that is cut is closed and opened again, a
    table gets its header again, a heading stays with what it is above.

    Raises:
        ValueError: the limits leave no room for text.
    """
    if characters < _LEAST_CHARACTERS or utf8_bytes < _LEAST_BYTES:
        raise ValueError(
            f"{characters} characters and {utf8_bytes} bytes are too few for a part;"
            f" allow at least {_LEAST_CHARACTERS} and {_LEAST_BYTES}"
        )
    limits = Limits(characters, utf8_bytes)
    parts: list[str] = []
    part: list[str] = []
    room = limits
    for block in _blocks(encodable(text)):
        rest: _Block | None = block
        while rest is not None:
            written = rest.text
            if room.fit(written):
                part.append(written)
                room = room.less(written + _GAP)
                break
            full = room.characters < characters // 2 or room.utf8_bytes < utf8_bytes // 2
            if part and (full or limits.fit(written)):
                part = _close(part, parts)
                room = limits.less(_GAP.join((*part, ""))) if part else limits
                continue
            head, rest = rest.cut(room)
            parts.append(_GAP.join((*part, head) if head.strip() else part))
            part, room = [], limits
    return [*parts, _GAP.join(part)] if part else parts


def cut_off(text: str, limits: Limits) -> tuple[str, str]:
    """What of a text of one block is within the limits, and the rest; for one that is not."""
    first, *others = _blocks(text)
    head, rest = first.cut(limits)
    if not head.strip():
        at = max(1, limits.prefix(text))
        return text[:at], text[at:]
    return head, _GAP.join(block.text for block in (rest, *others) if block is not None)


def _close(part: list[str], parts: list[str]) -> list[str]:
    """End a part; the headings it would end with begin the next one."""
    keep = len(part)
    while keep > 1 and part[keep - 1].startswith("#"):
        keep -= 1
    if part[keep - 1].startswith("#"):
        keep = len(part)
    parts.append(_GAP.join(part[:keep]))
    return part[keep:]


class _Block(Protocol):
    @property
    def text(self) -> str: ...

    def cut(self, limits: Limits) -> tuple[str, _Block | None]:
        """What of it is within the limits, and the rest; for a block that is not."""


class _Prose(Struct, frozen=True):
    text: str

    def cut(self, limits: Limits) -> tuple[str, _Block | None]:
        quotes = _QUOTES.match(self.text)
        again = quotes[0] if quotes else ""
        longest = limits.less(LONGEST_MARK).prefix(self.text)
        shortest = len(again) + len(LONGEST_MARK) + 1 + longest // 4
        if longest < shortest:
            return "", self
        border = best_border(self.text, longest, shortest)
        head, rest = _trimmed(self.text[: border.at]), self.text[border.at :]
        if rest.startswith("\n"):
            return head, _prose(_outdented(rest.strip("\n")))
        rest = _trimmed(rest)
        return head + border.closing, _prose(f"{again}{border.opening}{rest}") if rest else None


class _Code(Struct, frozen=True):
    opening: str
    closing: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join((self.opening, *self.lines, self.closing))

    def cut(self, limits: Limits) -> tuple[str, _Block | None]:
        room = limits.less(f"{self.opening}\n{self.closing}")
        count = count_fitting(self.lines, room)
        lines, rest = self.lines[:count], self.lines[count:]
        if not count:
            at = character_border(rest[0], room.less("\n").prefix(rest[0]))
            if not at:
                return "", self
            lines, rest = [rest[0][:at]], [rest[0][at:], *rest[1:]]
        head = "\n".join((self.opening, *lines, self.closing))
        return head, _Code(self.opening, self.closing, rest) if any(rest) else None


class _Rows(Struct, frozen=True):
    header: str
    rows: list[str]

    @property
    def text(self) -> str:
        return "\n".join((self.header, *self.rows))

    def cut(self, limits: Limits) -> tuple[str, _Block | None]:
        count = count_fitting(self.rows, limits.less(self.header))
        if not count:
            # A row longer than a part cannot be a row.
            return _Prose(self.text).cut(limits)
        head = "\n".join((self.header, *self.rows[:count]))
        return head, _Rows(self.header, self.rows[count:]) if self.rows[count:] else None


def _blocks(text: str) -> Iterator[_Block]:
    lines = text.split("\n")
    at = 0
    prose: list[str] = []
    while at < len(lines):
        line = lines[at]
        fence = opening_fence(line)
        code = fence is not None and not (fence.marker or fence.depth) and len(line) <= _LONGEST_FENCE
        table = not code and at + 1 < len(lines) and is_header(line, lines[at + 1])
        if not line.strip() or code or table:
            yield from _some(prose)
            prose = []
        if fence is not None and code:
            end = _end(lines, at + 1, fence.closed_by)
            yield _Code(line, fence.prefix + fence.run, lines[at + 1 : end])
            at = end + 1
        elif table:
            end = _end(lines, at + 2, lambda row: "|" not in row)
            yield _Rows("\n".join(lines[at : at + 2]), lines[at + 2 : end])
            at = end
        else:
            prose += [line] if line.strip() else []
            at += 1
    yield from _some(prose)


def _end(lines: list[str], at: int, is_last: Callable[[str], bool]) -> int:
    return next((index for index in range(at, len(lines)) if is_last(lines[index])), len(lines))


def _some(lines: list[str]) -> Iterator[_Block]:
    if block := _prose(_trimmed("\n".join(lines))):
        yield block


def _prose(text: str) -> _Prose | None:
    return _Prose(text) if text.strip() else None


def _trimmed(text: str) -> str:
    """The text without white space and `<br>` around it."""
    end = len(text)
    while end and (text[end - 1].isspace() or text.endswith(_BREAK, 0, end)):
        end -= 1 if text[end - 1].isspace() else len(_BREAK)
    start = _BREAKS.match(text, 0, end)
    return text[start.end() if start else 0 : end]


def _outdented(text: str) -> str:
    """A list without its outer levels; what continues an item becomes a paragraph."""
    item = _ITEM.match(text)
    if item is None:
        return text.lstrip()
    return re.sub(rf"(?m)^ {{1,{len(item[1])}}}", "", text) if item[1] else text


def count_fitting(lines: list[str], room: Limits) -> int:
    """How many of the lines are within the limits, with the newlines before them."""
    characters, utf8_bytes = room.characters, room.utf8_bytes
    for index, line in enumerate(lines):
        characters -= len(line) + 1
        utf8_bytes -= len(line.encode()) + 1
        if characters < 0 or utf8_bytes < 0:
            return index
    return len(lines)
