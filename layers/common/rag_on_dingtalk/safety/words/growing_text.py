"""Words in a text that grows: what of it may be shown by now. Pure.

Each call costs what has come since the last one, not the whole text again.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from rag_on_dingtalk.safety.text.markup import unfinished_from
from rag_on_dingtalk.safety.text.normaliser import normalise
from rag_on_dingtalk.safety.words.word_file import LONGEST_WORD
from rag_on_dingtalk.safety.words.word_filter import masked, names_of, places
from rag_on_dingtalk.safety.words.word_index import is_border

if TYPE_CHECKING:
    from rag_on_dingtalk.safety.text.normaliser import Normalised
    from rag_on_dingtalk.safety.words.word_index import WordIndex

#: Characters before the part that is looked at: they tell whether what follows stands alone.
_BEFORE = 16


class GrowingText:
    """One answer while it grows.

    As many characters as the longest word has are held back: neither a word nor its beginning is shown.

    blocked: names of rules of the level `block` that were found.
    """

    def __init__(self, index: WordIndex) -> None:
        self._index = index
        self._raw = ""
        self._settled = self._before = 0
        self._shown = ""
        self.blocked: tuple[str, ...] = ()

    def take(self, text: str) -> str:
        """The text as it is now → the beginning of it that may be shown, masked."""
        if not text.startswith(self._raw):
            # It was replaced.
            self._settled = self._before = 0
            self._shown = ""
        self._raw = text
        window = text[self._before :]
        found = normalise(window, markup=True)
        hits = self._index.find(found)
        # What ends where the text ends may yet be a part of something else.
        certain = [hit for hit in hits if hit.end < len(found.text) and hit.rule.level == "block"]
        self.blocked = self.blocked or names_of(certain)
        kept = _before_letters(found, unfinished_from(window), self._index.longest)
        if kept <= 0:
            return self._shown
        words = [found.original(hit.start, hit.end) for hit in hits]
        border = _before_a_word(found.starts[_not_within(found, kept)], words)
        settled = self._before + border
        if settled > self._settled:
            where = places(found, hits)
            self._shown += masked(window, where, self._settled - self._before, border)
            self._settled = settled
            self._before += _start_before(found.starts, border)
        return self._shown


def _before_letters(found: Normalised, end: int, letters: int) -> int:
    """The place of the `letters`-th letter before `end`; what stands between them may turn out to be nothing.

    end: from there on markup may go on.
    """
    at = bisect_left(found.starts, end)
    while at > 0 and letters > 0:
        at -= 1
        letters -= found.text[at].isalnum()
    return at if letters == 0 else 0


def _not_within(found: Normalised, at: int) -> int:
    """The place, or the beginning of the Latin word that it would divide: `grass` must not show as `gr`."""
    for place in range(at, max(at - LONGEST_WORD, -1), -1):
        if is_border(found, place):
            return place
    return at


def _before_a_word(border: int, words: list[tuple[int, int]]) -> int:
    """The border, moved to the beginning of a word that it would divide."""
    for start, end in sorted(words, reverse=True):
        if start < border < end:
            border = start
    return border


def _start_before(starts: list[int], border: int) -> int:
    """Where the window of the next call begins: at a character, a few before the border."""
    before = [start for start in starts if start < border]
    return before[-_BEFORE] if len(before) >= _BEFORE else 0
