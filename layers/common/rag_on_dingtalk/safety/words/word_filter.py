"""One bot's words over one text: what was found, and the original with the words masked. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.safety.text.normaliser import MASK, normalise
from rag_on_dingtalk.safety.words.word_index import WordIndex
from rag_on_dingtalk.safety.words.word_rule import Level, strictest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rag_on_dingtalk.safety.text.normaliser import Normalised
    from rag_on_dingtalk.safety.words.word_index import Hit
    from rag_on_dingtalk.safety.words.word_rule import WordRule


class Checked(msgspec.Struct, frozen=True):
    """A text that was looked through.

    text: the original, with a MASK for each character of a word whose level is `mask` or `block`.
    level: the strictest of what was found; None: nothing was.
    names: of the rules, each once, the first to be found first.
    """

    text: str
    level: Level | None = None
    names: tuple[str, ...] = ()


class WordFilter:
    """Looks for one bot's words."""

    def __init__(self, rules: Iterable[WordRule]) -> None:
        self.index = WordIndex(rules)

    def check(self, text: str) -> Checked:
        """Look through a whole text."""
        found = normalise(text, markup=True)
        hits = self.index.find(found)
        if not hits:
            return Checked(text)
        return Checked(
            masked(text, places(found, hits)), strictest([hit.rule.level for hit in hits]), names_of(hits)
        )

    def masked(self, text: str) -> str:
        """The text with the words masked."""
        return self.check(text).text


def places(found: Normalised, hits: Iterable[Hit]) -> list[tuple[int, int]]:
    """Where the original is masked, each character by itself: marks and markup between them stay."""
    masks = (hit for hit in hits if hit.rule.level != "warn")
    characters = (found.original(at, at + 1) for hit in masks for at in range(hit.start, hit.end))
    return sorted(set(characters))


def masked(text: str, where: Sequence[tuple[int, int]], start: int = 0, end: int | None = None) -> str:
    """The part of the text from `start` to `end`, masked."""
    end = len(text) if end is None else end
    parts, at = [], start
    for first, last in where:
        if first >= at and last <= end:
            parts += [text[at:first], MASK]
            at = last
    return "".join((*parts, text[at:end]))


def names_of(hits: Iterable[Hit]) -> tuple[str, ...]:
    """The names of their rules, each once."""
    return tuple(dict.fromkeys(hit.rule.name for hit in hits))


def fingerprint(text: str) -> str:
    """Tells in a log whether two texts are the same without saying what they are."""
    return hashlib.sha256(normalise(text).text.encode("utf-8", "replace")).hexdigest()[:16]
