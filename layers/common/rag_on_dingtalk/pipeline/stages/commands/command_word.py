"""A message's text → the command word it consists of. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.inbound.invisible import without_unseen

if TYPE_CHECKING:
    from collections.abc import Container

#: A keyboard set to Chinese types 、 for the slash; a command copied from a sentence brings its marks along.
_SLASH = re.compile(r"^[/、\\]\s*")
_BEFORE = " \t\r\n`'\"“‘「『（(【"
_BEHIND = _BEFORE + "”’」』）)】。.!~,;:…"
#: Longer than any command with what may stand around it.
_LONGEST = 40


def first_word(text: str, known: Container[str]) -> str:
    """The command that a message begins with, as `known` has it; empty for a question.

    >>> first_word("／Grant @王芳 财务 7d", {"/grant"})
    '/grant'
    """
    words = without_unseen(text).split(maxsplit=1)
    word = unicodedata.normalize("NFKC", words[0]).casefold() if words else ""
    word = _SLASH.sub("/", word)
    return word if word in known else ""


def read_word(text: str, known: Container[str]) -> str:
    """The command word, as `known` has it; empty for a question.

    Only a message that is nothing else is a command: 「/new 怎么用」 is a question. An empty message, such as
    an @ without words, asks for help. Full-width letters, invisible characters and a full stop change
    nothing.

    >>> read_word(" ／New。 ", {"/new"})
    '/new'
    >>> read_word("/new 怎么用", {"/new"})
    ''
    """
    word = without_unseen(text).strip()
    if not word:
        return "/help"
    if len(word) > _LONGEST:
        return ""
    word = unicodedata.normalize("NFKC", word).casefold().lstrip(_BEFORE).rstrip(_BEHIND)
    word = _SLASH.sub("/", word)
    return next((one for one in (word, word.rstrip("?")) if one in known), "")
