"""Finding thousands of words at once: an index by their first two characters. Pure.

Measured for 10 000 words over 2 000 characters: `tests/bench/sensitive_words.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.safety.text.normaliser import Normalised, normalise
from rag_on_dingtalk.safety.words.word_rule import LEVELS, WordRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Hit(msgspec.Struct, frozen=True):
    """A word that was found, in the characters of the normalised text; `end` is exclusive."""

    start: int
    end: int
    rule: WordRule


class WordIndex:
    """Words, ready to be found.

    longest: characters of the longest word, as it is compared.
    """

    def __init__(self, rules: Iterable[WordRule]) -> None:
        words: dict[str, WordRule] = {}
        for rule in rules:
            word = normalise(rule.word).text.strip()
            known = words.get(word)
            # Of two rules for one word the stricter counts.
            if known is None or LEVELS.index(rule.level) > LEVELS.index(known.level):
                words[word] = rule
        self.longest = max(map(len, words), default=0)
        self._single = {word: rule for word, rule in words.items() if len(word) == 1}
        self._pairs: dict[str, list[tuple[str, WordRule]]] = {}
        for word in sorted(words, key=len, reverse=True):
            if len(word) > 1:
                self._pairs.setdefault(word[:2], []).append((word, words[word]))

    def find(self, found: Normalised) -> list[Hit]:
        """Every word in the text, those that overlap, too; at one place the longest first."""
        return [hit for hit in self._candidates(found.text) if _is_whole(found, hit)]

    def _candidates(self, text: str) -> Iterator[Hit]:
        pairs, single = self._pairs, self._single
        for at in range(len(text)):
            if bucket := pairs.get(text[at : at + 2]):
                for word, rule in bucket:
                    if text.startswith(word, at):
                        yield Hit(at, at + len(word), rule)
            if single and (alone := single.get(text[at])):
                yield Hit(at, at + 1, alone)


def _is_whole(found: Normalised, hit: Hit) -> bool:
    """Whether it is no part of a longer Latin word or number: `ass` is not in `class`, nor 110 in 1100."""
    return is_border(found, hit.start) and is_border(found, hit.end)


def is_border(found: Normalised, at: int) -> bool:
    """Whether a Latin word or number does not go on across this place."""
    text = found.text
    if not 0 < at < len(text) or not (_is_latin(text[at - 1]) and _is_latin(text[at])):
        return True
    # What stood between them was dropped: `f.u.c.k`.
    return found.ends[at - 1] < found.starts[at]


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
