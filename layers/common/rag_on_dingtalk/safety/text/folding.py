"""Characters as they are compared: one form for all widths and cases, nothing unseen. Pure.

Sources: UAX #15 (NFKC), UAX #31 §5.1.3 (NFKC_Casefold), and the property Default_Ignorable_Code_Point.
"""

from __future__ import annotations

import unicodedata

#: As the folding of a character: it changes the one before it.
JOINS = "\0"

#: Unseen although they are letters, marks or symbols by their category.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
_SELECTORS = (("\u180b", "\u180f"), ("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))
#: Marks that can be put on any letter of any script; those of Thai or Hindi are part of the spelling.
_STROKES = (
    ("\u0300", "\u036f"),
    ("\u0483", "\u0489"),
    ("\u1ab0", "\u1aff"),
    ("\u1dc0", "\u1dff"),
    ("\u20d0", "\u20ff"),
    ("\u302a", "\u302f"),
    ("\u3099", "\u309a"),
    ("\ufe20", "\ufe2f"),
)
#: Vowels and endings of Hangul, and the voicing of half-width kana.
_ENDINGS = (("\u1161", "\u11ff"), ("\ud7b0", "\ud7ff"), ("\uff9e", "\uff9f"))
#: Whatever Unicode has of them would be kept for ever by a process that lives long.
_MOST_KEPT = 20_000

_folded: dict[str, str] = {}


def fold(character: str) -> str:
    """One character: empty when it is unseen, JOINS when it belongs to the one before it."""
    known = _folded.get(character)
    if known is None:
        known = _fold(character)
        if len(_folded) < _MOST_KEPT:
            _folded[character] = known
    return known


def fold_cluster(characters: str) -> str:
    """A character with what is joined to it; marks that make no letter of their own with it are dropped."""
    seen = "".join(one for one in characters if not _is_unseen(one))
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    kept = "".join(_blank(one) for one in plain if not _within(one, _STROKES) and not _is_unseen(one))
    # What a mark stood between may make one letter.
    return unicodedata.normalize("NFKC", kept)


def _fold(character: str) -> str:
    if _is_unseen(character):
        return ""
    if unicodedata.category(character)[0] == "M" or _within(character, _ENDINGS):
        return JOINS
    return fold_cluster(character)


def _blank(character: str) -> str:
    if character in "\n\r\u2028\u2029\u0085\v\f":
        return "\n"
    return " " if character.isspace() else character


def _is_unseen(character: str) -> bool:
    if character.isspace():
        return False
    return (
        unicodedata.category(character) in ("Cc", "Cf", "Cs")
        or character in _FILLERS
        or _within(character, _SELECTORS)
    )


def _within(character: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    return any(first <= character <= last for first, last in ranges)
