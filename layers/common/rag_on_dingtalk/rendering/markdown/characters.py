"""What a person sees as one character, and text that can be encoded at all. Pure."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
#: Letters and signs by their category, and blank on every screen: Braille's empty cell, the Hangul fillers.
_FILLERS = "\u2800\u115f\u1160\u3164\uffa0"
#: The longest sequence that is kept whole; a family emoji with skin tones has 11 code points.
_LONGEST = 32


def encodable(text: str) -> str:
    """The text without lone surrogates, which no JSON may carry.

    The two halves of a character outside the BMP come apart where a backend cuts its stream between their
    escapes; put together again they are the character.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def character_border(text: str, at: int) -> int:
    """The nearest index up to `at` between two characters, emoji sequences and accents being one each."""
    for border in range(at, max(at - _LONGEST, 0), -1):
        if border == len(text) or not _joined(text, border):
            return border
    return at


def shows_nothing(text: str) -> bool:
    """Whether a person sees no mark on the screen: spaces, joiners, fillers and signs of direction."""
    return all(character in _FILLERS or unicodedata.category(character)[0] in "CMZ" for character in text)


def _joined(text: str, at: int) -> bool:
    """Whether the code points on both sides belong together."""
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or unicodedata.category(after)[0] == "M":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if not (_is_flag_letter(before) and _is_flag_letter(after)):
        return False
    first = at - 1
    while first > max(at - _LONGEST, 0) and _is_flag_letter(text[first - 1]):
        first -= 1
    return (at - first) % 2 == 1


def _is_flag_letter(character: str) -> bool:
    """Two of them make the flag of a country."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"
