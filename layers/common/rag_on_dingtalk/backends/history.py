"""Which part of a session is sent along to a backend that remembers nothing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.models.answer import Exchange

#: Characters below this are counted as words of several letters, those from here on one by one: CJK, kana,
#: hangul and emoji begin here.
_WIDE = 0x2E80
_LETTERS_A_TOKEN = 4


def tokens(text: str) -> int:
    """About how many tokens a text is: one for a Chinese character, one for four other characters.

    An estimate, no tokenizer: models differ, and a window need not be exact.
    """
    wide = sum(ord(character) >= _WIDE for character in text)
    return wide + -(-(len(text) - wide) // _LETTERS_A_TOKEN)


def window(history: Sequence[Exchange], *, exchanges: int, limit: int) -> list[Exchange]:
    """The newest exchanges, oldest first: at most `exchanges` of them and about `limit` tokens."""
    kept: list[Exchange] = []
    left = limit
    for exchange in reversed(history):
        left -= tokens(exchange.question) + tokens(exchange.answer)
        if left < 0 or len(kept) == exchanges:
            break
        kept.append(exchange)
    return kept[::-1]
