"""Text as it is compared, with the way back to what was written. Pure.

>>> found = normalise("Ｈｅｌｌｏ 赌\u200b 博")
>>> found.text
'hello 赌博'
>>> found.original(6, 8)
(6, 10)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.safety.text.folding import JOINS, fold, fold_cluster
from rag_on_dingtalk.safety.text.markup import markup_in

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Stands for a character that must not be read; it separates, so that what stands around it is never joined.
MASK = "■"

#: Marks on one character; what follows is dropped, or a text of marks alone would cost its square.
_MOST_MARKS = 32
#: A gap that is longer than this separates whatever stands around it.
_LONGEST_GAP = 8
_GAP = re.compile(r"[\W_]+")
_HAN = re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
#: These end something: characters on both sides of them belong together only when each stands alone.
_ENDS = re.compile(rf"[\n,;:!?。、()\[\]{{}}<>《》〈〉「」『』【】〔〕\"“”'‘’|{MASK}]")


class Normalised(msgspec.Struct, frozen=True):
    """A text as it is compared.

    starts, ends: for each character of it, where in the original it came from; the end is exclusive.
    """

    text: str
    starts: list[int]
    ends: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` to `end` (exclusive, not empty) stand in the original."""
        return self.starts[start], self.ends[end - 1]


def normalise(text: str, *, joined: bool = True, markup: bool = False) -> Normalised:
    """One width, one case, nothing unseen, no marks that only strike letters out.

    joined: also without what separates Han characters (blanks, dots, stars …), and letters that each stand
        alone; False keeps these: `上海、北京` and `1.5` say something else without them.
    markup: tags, addresses of links and character references count as what a reader sees of them.
    """
    found = _fold_all(text, markup=markup)
    return _joined(found) if joined else found


def _fold_all(text: str, *, markup: bool) -> Normalised:
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    # The last character with all that joins it: its place here, where it begins, how it was written.
    base_at, base_from, base = -1, 0, ""

    def put(folded: str, start: int, end: int) -> None:
        chars.extend(folded)
        starts.extend([start] * len(folded))
        ends.extend([end] * len(folded))

    for at, end, seen in _units(text, markup=markup):
        folded = fold(seen) if len(seen) == 1 else fold_cluster(seen)
        if len(folded) == 1 and folded is not JOINS:
            base_at, base_from, base = len(chars), at, seen
            chars.append(folded)
            starts.append(at)
            ends.append(end)
        elif folded is JOINS:
            if base_at < 0:
                base_at, base_from = len(chars), at
            if len(base) <= _MOST_MARKS:
                base += seen
                del chars[base_at:], starts[base_at:], ends[base_at:]
                put(fold_cluster(base), base_from, end)
        elif folded:
            base_at, base_from, base = len(chars), at, seen
            put(folded, at, end)
    return Normalised("".join(chars), starts, ends)


def _units(text: str, *, markup: bool) -> Iterator[tuple[int, int, str]]:
    """Each character and each piece of markup, with its place."""
    at = 0
    if markup and ("<" in text or "&" in text or "]" in text):
        for start, end, seen in markup_in(text):
            for place in range(at, start):
                yield place, place + 1, text[place]
            yield start, end, seen
            at = end
    for place in range(at, len(text)):
        yield place, place + 1, text[place]


def _joined(found: Normalised) -> Normalised:
    text = found.text
    dropped = [(gap.start(), gap.end()) for gap in _GAP.finditer(text) if _is_dropped(text, gap)]
    if not dropped:
        return found
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end in [*dropped, (len(text), len(text))]:
        chars.append(text[at:start])
        starts += found.starts[at:start]
        ends += found.ends[at:start]
        at = end
    return Normalised("".join(chars), starts, ends)


def _is_dropped(text: str, gap: re.Match[str]) -> bool:
    start, end = gap.span()
    if not start or end == len(text) or end - start > _LONGEST_GAP or MASK in gap[0]:
        return False
    before, after = text[start - 1], text[end]
    if _HAN.match(before) and _HAN.match(after) and not _ENDS.search(gap[0]):
        return True
    return _stands_alone(text, start - 1) and _stands_alone(text, end)


def _stands_alone(text: str, at: int) -> bool:
    """Whether it is a letter between two gaps: `f u c k`, `赌、博`; the digits of `1, 2` are not joined."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    return text[at].isalpha() and fold(text[at]) is not JOINS and not (before.isalnum() or after.isalnum())
