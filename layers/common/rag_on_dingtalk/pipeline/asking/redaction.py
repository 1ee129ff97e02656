"""What a log line may hold of a backend's error. Pure.

No address, and nothing that the person or the model has said.
"""

from __future__ import annotations

import re

#: This many characters in a row that also occur in a text count as a quotation of it.
_WINDOW = 6
#: Of a longer text, this much is looked at, from both ends.
_SEEN = 50_000

_ADDRESS = re.compile(
    r"""
      \b[a-z][a-z0-9+.-]*://[^\s"'<>，。；]+                            # any URL
    | \[[0-9a-f:]*:[0-9a-f:.]+\](?::\d+)?                               # IPv6
    | \b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b                              # IPv4
    | \b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*:\d+       # host.name:port
    | \b[a-z][a-z0-9_-]*:\d{4,5}\b                                        # name:port
    | \b(?:[a-z0-9_-]+\.)+(?:com|cn|net|org|io|ai|dev|local|internal|lan|corp|intranet|svc|example|test)\b
    | \b(?:localhost|host=['"]?[\w.-]+['"]?)(?::\d+|,\s*port=\d+)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redacted(words: str, *said: str) -> str:
    """The words without addresses, and without what they repeat of the texts.

    said: questions, answers, names.
    """
    plain = _ADDRESS.sub("…", words)
    for text in said:
        plain = _without(plain, text)
    return plain


def _without(words: str, text: str) -> str:
    text = text.strip()
    if not text:
        return words
    if len(text) < _WINDOW:
        # A short word occurs anywhere; in a script without blanks it still means something.
        return words.replace(text, "…") if len(text) > 1 and not text.isascii() else words
    if len(text) > 2 * _SEEN:
        text = f"{text[:_SEEN]}\n{text[-_SEEN:]}"
    kept = [True] * len(words)
    for at in range(len(words) - _WINDOW + 1):
        piece = words[at : at + _WINDOW]
        if piece in text and not _is_common(piece):
            kept[at : at + _WINDOW] = [False] * _WINDOW
    return _joined(words, kept)


def _is_common(piece: str) -> bool:
    """A run of blanks or signs quotes nothing."""
    return not any(character.isalnum() for character in piece)


def _joined(words: str, kept: list[bool]) -> str:
    shown: list[str] = []
    for character, stays in zip(words, kept, strict=True):
        if stays:
            shown.append(character)
        elif not shown or shown[-1] != "…":
            shown.append("…")
    return "".join(shown)
