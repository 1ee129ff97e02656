"""Where running text is best cut. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from rag_on_dingtalk.rendering.markdown.characters import character_border
from rag_on_dingtalk.rendering.markdown.inline.links import LINK
from rag_on_dingtalk.rendering.markdown.inline.spans import code_spans, without_code
from rag_on_dingtalk.rendering.markdown.inline.strong import NEVER_FIRST, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.rendering.markdown.inline.spans import Span

_BREAK = "<br>"
_SENTENCE_ENDS = ("。", "！", "？", "；", "…", ". ", "! ", "? ", "; ")
_WORD_ENDS = (" ", "，", "、", "：", ",")
_INSEPARABLE = re.compile(r"<br>|</?font[^<>]*>|&\w{1,8};|https?://[!-~]+")
#: Bold and code that are shorter are not taken apart.
_SHORT = 200
_ENDINGS = "".join(sorted(NEVER_FIRST))
#: What a border may add on either side.
LONGEST_MARK = "**``"
#: How far behind the cut the end of a link or of bold is looked for.
_LOOK_AHEAD = 4_000


class Limits(Struct, frozen=True):
    """How much one part may hold."""

    characters: int
    utf8_bytes: int

    def fit(self, text: str) -> bool:
        """Whether `text` is within both."""
        return len(text) <= self.characters and len(text.encode()) <= self.utf8_bytes

    def less(self, text: str) -> Limits:
        """What is left when `text` is in the part already."""
        return Limits(self.characters - len(text), self.utf8_bytes - len(text.encode()))

    def prefix(self, text: str) -> int:
        """How many code points from the start are within both."""
        start = text[: max(self.characters, 0)]
        encoded = start.encode()
        if len(encoded) <= self.utf8_bytes:
            return len(start)
        return len(encoded[: max(self.utf8_bytes, 0)].decode(errors="ignore"))


class Border(Struct, frozen=True):
    """Where to cut; `closing` and `opening` are for the markup that the cut goes through."""

    at: int
    closing: str = ""
    opening: str = ""


def best_border(text: str, longest: int, shortest: int) -> Border:
    """The best place to cut between the two lengths, or else at the longer one.

    The last end of a line is best, then of a `<br>` line, a sentence, a word, a character.
    """
    line_end = text.rfind("\n", 0, longest + 1)
    if line_end >= shortest:
        return Border(line_end)
    start = line_end + 1
    line_end = text.find("\n", start)
    end = min(len(text) if line_end < 0 else line_end, longest + _LOOK_AHEAD)
    whole, breakable = _markup(text[start:end], min(_SHORT, longest // 2))
    moved = (
        next((start + a for a, b in whole if start + a < border < start + b), border)
        for border in _candidates(text, longest)
    )
    at = next((border for border in moved if border >= shortest), _before_word(text, longest))
    marks = [mark for a, b, mark in breakable if start + a < at < start + b]
    return Border(at, "".join(reversed(marks)), "".join(marks))


def _candidates(text: str, longest: int) -> Iterator[int]:
    yield text.rfind(_BREAK, 0, longest + len(_BREAK))
    yield _after_last(text, _SENTENCE_ENDS, longest)
    yield _after_last(text, _WORD_ENDS, longest)
    yield _before_word(text, longest)


def _after_last(text: str, ends: tuple[str, ...], longest: int) -> int:
    at = max(text.rfind(end, 0, longest) + len(end) for end in ends)
    while at < longest and text[at] in NEVER_FIRST:
        at += 1
    return at


def _before_word(text: str, longest: int) -> int:
    at = longest
    while at > 1 and text[at : at + 1] in NEVER_FIRST:
        at -= 1
    return character_border(text, at)


def _markup(line: str, short: int) -> tuple[list[Span], list[tuple[int, int, str]]]:
    """What in a line must stay in one piece, and what is too long for that: start, end of its text, its mark.

    Both with the outermost first.
    """
    bare = without_code(line)
    marked = [(start, end, "**") for start, end in pairs(bare)[0]]
    for start, end in code_spans(line)[0]:
        run = len(line) - start - len(line[start:].lstrip("`"))
        marked.append((start, end - run, "`" * run))
    breakable = [span for span in marked if span[1] - span[0] > short and len(span[2]) <= len(LONGEST_MARK)]
    whole = [(start, end + len(mark)) for start, end, mark in marked if end - start <= short]
    for start, end, mark in breakable:
        # Marks with nothing between them mark nothing, so a neighbour stays with each.
        last = start + len(line[start:end].rstrip(_ENDINGS)) - 1
        whole += [(start, start + len(mark) + 1), (last, end + len(mark))]
    whole += [match.span() for match in LINK.finditer(bare)]
    whole += [match.span() for match in _INSEPARABLE.finditer(bare)]
    return sorted(whole), sorted(breakable)
