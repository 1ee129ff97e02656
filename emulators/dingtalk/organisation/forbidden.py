"""Words that must never be seen in a chat: every frame and message is read for them."""

from __future__ import annotations

import html
import re
import unicodedata

#: What a client does not show: tags, addresses of links, comments.
_HIDDEN = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>|\]\([^()]*\)", re.DOTALL)


class Forbidden:
    """The words, as a person would recognise them: without tags, blanks and signs, in one width and case."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def be(self, *words: str) -> None:
        """From now on it is these; without any, everything is allowed."""
        self._words = [_as_read(word) for word in words]

    def in_text(self, text: str) -> str:
        """The first of them that the text shows; empty: none."""
        if not self._words:
            return ""
        read = _as_read(text)
        return next((word for word in self._words if word in read), "")


def _as_read(text: str) -> str:
    seen = unicodedata.normalize("NFKC", html.unescape(_HIDDEN.sub("", text))).casefold()
    # A masked character stands between two others; what is neither letter nor mask is read over.
    return "".join(one for one in seen if one.isalnum() or one == "■")
