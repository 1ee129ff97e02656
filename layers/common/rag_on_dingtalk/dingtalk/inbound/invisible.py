"""Characters that are part of no word and are not seen; chat clients and copying leave them. Pure."""

from __future__ import annotations

import re

#: Zero-width spaces and marks, the word joiner, directions, soft hyphen, byte order mark, fillers, variation
#: selectors, tag letters; a pattern's class, compiled when it is needed.
_UNSEEN = (
    "\x00-\x1f\x7f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc"
    "\U000e0000-\U000e0fff"
)
#: Letters, digits and marks of both widths, ideographs and their marks.
_SHOWN = (("!", "~"), ("\u4e00", "\u9fff"), ("\u3001", "\u303f"), ("\uff01", "\uff5e"))
#: These end an emoji and change how it looks.
_EMOJI_ENDS = ("\ufe0e", "\ufe0f")


def trimmed(text: str) -> str:
    """Without blanks and invisible characters around it; those within may join letters or emoji and stay."""
    if text and _is_shown(text[0]) and _is_shown(text[-1]):
        return text
    start = _nothing_in_front(text)
    # Backwards, because a pattern that looks for the end tries every blank in between.
    end = max(len(text) - _nothing_in_front(text[::-1]), start)
    if start < end and text[end : end + 1] in _EMOJI_ENDS:
        end += 1
    return text[start:end]


def without_unseen(text: str) -> str:
    """Without any invisible character, for comparing short words such as commands."""
    return re.sub(f"[{_UNSEEN}]+", "", text)


def _is_shown(character: str) -> bool:
    """Whether it is one of those that nearly all messages begin and end with, which need no pattern."""
    return any(first <= character <= last for first, last in _SHOWN)


def _nothing_in_front(text: str) -> int:
    found = re.match(rf"[\s{_UNSEEN}]+", text)
    return found.end() if found else 0
