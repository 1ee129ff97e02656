"""Pictures that stand in a text themselves, `data:image/png;base64,…`: taken out before it is read. Pure.

A picture has megabytes, and a model or a document writes it as markdown, as `<img>`, with its base64 in lines
of 76, or as it is. What is put in its place is a short address, which everything behind treats as any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from rag_on_dingtalk.rendering.markdown.characters import character_border

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = r"[\w.+-]{0,100}"
_START = re.compile(
    rf"data:{_NAME}/?{_NAME}(?:;[\w.=+-]{{1,100}}){{0,5}};base64,(?=[A-Za-z0-9+/])", re.IGNORECASE
)
#: Longer than the longest beginning of such an address: so far before a border one may have begun.
_LONGEST_START = 800
_RUN = re.compile(r"[A-Za-z0-9+/=_%-]*")
_WRAPPED = re.compile(r"[A-Za-z0-9+/=_%\s-]*")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_IN_BRACKETS = re.compile(r"\]\(\s*<?\s*\Z")
#: What may follow on an address in brackets: their end, or a title.
_IN_BRACKETS_CLOSE = ")>\"'("
_IN_QUOTES = re.compile(r"=\s*([\"'])\s*\Z")
_IN_TAG = re.compile(r"<[A-Za-z][^<>]*=\s*\Z")
#: How far back the bracket or the tag that an address stands in is looked for.
_LOOK_BEHIND = 400
#: No answer shows more of them.
_MOST = 50
#: How the address begins that a picture is given in its place.
ADDRESS = "inline-picture/"
_ANY = re.compile(rf"(?:!\[\]\()?{ADDRESS}(\d{{1,3}})\)?")
_LINK_TO_ONE = re.compile(rf"(?<!!)\[([^\[\]]*)\]\({ADDRESS}\d{{1,3}}\)")
_LEFT_OVER = re.compile(rf"{ADDRESS}\d{{1,3}}")
#: Of base64 in code, which is shown as it is written.
_SHOWN_CHARACTERS = 40


class InlinePicture(Struct, frozen=True):
    """A picture at text[start:end]; its megabytes are copied only when they are wanted.

    start: where its `data:` begins.
    """

    text: str
    start: int
    end: int

    @property
    def address(self) -> str:
        """`data:image/png;base64,…`, as it is written."""
        return self.text[self.start : self.end]

    def in_short(self) -> str:
        """Its beginning, for code."""
        start = self.text.index(",", self.start) + 1
        end = min(self.end, start + _SHOWN_CHARACTERS)
        return self.text[self.start : end] + ("…" if end < self.end else "")


class Lifted(Struct, frozen=True):
    """A text without the pictures that stood in it.

    pictures: address in the text → picture.
    whole: False when the text was cut.
    """

    text: str
    pictures: dict[str, InlinePicture]
    whole: bool


def lift(text: str, *, most: int) -> Lifted:
    """Take the pictures out of a text, and cut it to `most` characters, at the end of a line if one is near.

    Reads no further than what is kept, pictures skipped.
    """
    pictures: dict[str, InlinePicture] = {}
    out: list[str] = []
    length = at = 0
    while at < len(text) and length <= most:
        window = at + most - length + 1
        match = _START.search(text, at, window + _LONGEST_START)
        if match is None or match.start() >= window or len(pictures) >= _MOST:
            out.append(text[at:window])
            length += min(window, len(text)) - at
            at = window
            break
        address = f"{ADDRESS}{len(pictures) + 1}"
        place = _place_of(text, match)
        pictures[address] = InlinePicture(text, match.start(), place.end)
        before = text[at : match.start()]
        piece = f"{before.rstrip() if place.wrapped else before}{place.opening}{address}{place.closing}"
        out.append(piece)
        length += len(piece)
        at = place.end
    lifted = "".join(out)
    if at >= len(text) and len(lifted) <= most:
        return Lifted(lifted, pictures, whole=True)
    return Lifted(_cut(lifted, most), pictures, whole=False)


class _Place(Struct, frozen=True):
    """Where a picture's address ends, and what its place lacks to be a picture's.

    wrapped: there may be white space before and in the address.
    """

    end: int
    opening: str = ""
    closing: str = ""
    wrapped: bool = False


def _place_of(text: str, match: re.Match[str]) -> _Place:
    behind = text[max(0, match.start() - _LOOK_BEHIND) : match.start()]
    if brackets := _IN_BRACKETS.search(behind):
        end, closed = _end(text, match.end(), _IN_BRACKETS_CLOSE)
        angle = ">" if "<" in brackets[0] else ""
        return _Place(end, closing="" if closed else f"{angle})", wrapped=True)
    if quotes := _IN_QUOTES.search(behind):
        end, closed = _end(text, match.end(), quotes[1])
        return _Place(end, closing="" if closed else f"{quotes[1]}>", wrapped=True)
    end = _run(_RUN, text, match.end())
    if behind.rstrip().endswith("]:") or _IN_TAG.search(behind):
        return _Place(end)
    return _Place(end, opening="![](", closing=")")


def _end(text: str, at: int, closing: str) -> tuple[int, bool]:
    """Where the base64 ends that begins at `at`, in one line or several, and whether it was closed."""
    end = _run(_WRAPPED, text, at)
    if end < len(text) and text[end] in closing and not _BLANK_LINE.search(text, at, end):
        # A title stands apart from the address.
        if closing == _IN_BRACKETS_CLOSE and text[end] in "\"'(":
            while text[end - 1].isspace():
                end -= 1
        return end, True
    if end == len(text) and text.find("\n", at) < 0:
        return end, False
    # Words that are all letters look like base64, too: without its end, it ends where its line does.
    return _run(_RUN, text, at), False


def _run(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    end = at if match is None else match.end()
    # The beginning of the next picture's address is all letters, too.
    return end - len("data") if text[end - 4 : end + 1].lower() == "data:" else end


def _cut(text: str, most: int) -> str:
    """The text up to the end of a line in its last quarter, or of a character."""
    line_end = text.rfind("\n", most * 3 // 4, most)
    return text[: line_end if line_end > 0 else character_border(text, min(most, len(text)))]


def without_addresses(line: str) -> str:
    """A line of running text without what is left of such pictures where no picture can stand."""
    if ADDRESS not in line:
        return line
    return _LEFT_OVER.sub("", _LINK_TO_ONE.sub(r"\1", line))


def written_out(code: str, pictures: Mapping[str, InlinePicture]) -> str:
    """A line of code with the beginnings of the pictures that stood in it."""
    if ADDRESS not in code:
        return code

    def _short(match: re.Match[str]) -> str:
        picture = pictures.get(f"{ADDRESS}{match[1]}")
        return match[0] if picture is None else picture.in_short()

    return _ANY.sub(_short, code)
