"""The first words of a markdown text, for where DingTalk shows one line without markup. Pure.

The title of a message and a card's `lastMessageI18n` are what the list of chats and the notification show.
"""

from __future__ import annotations

import html
import re

from rag_on_dingtalk.rendering.markdown.characters import character_border, shows_nothing
from rag_on_dingtalk.rendering.markdown.inline.links import LINK

#: Of the text; its first words stand in there.
_READ = 2_000
_ENOUGH = 10
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->")
_BREAK = re.compile(r"<br\s*/?>|\n", re.IGNORECASE)
_BLOCK_MARK = re.compile(
    r"(?:[ \t]*>)*[ \t]*(?:#{1,6}(?=\s|$)|[-*+](?=\s)|\d{1,3}[.)](?=\s)|`{3,}[\w+#.-]*$|~{3,}.*$)?"
)
_NO_WORDS = re.compile(r"[\s\W_]*")
_RULES = frozenset("—―＿ ")
_MARKS = re.compile(r"\*+|`+|~~+|(?<!\\)\|")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_CLAUSE_END = re.compile(r"[。！？；，、：!?;,](?=\D|$)|\.(?=\s|$)")


def first_words(text: str, *, most: int = 30) -> str:
    """The beginning of a text in one line and without marks, up to the end of a clause; empty for no words.

    most: characters.
    """
    words = ""
    for line in _BREAK.split(text[:_READ]):
        plain = _plain(line)
        if _NO_WORDS.fullmatch(plain) and not _is_a_sign(plain):
            continue
        words = f"{words} {plain}".strip()
        if len(words) >= _ENOUGH:
            break
    return _cut(words, most)


def one_line(text: str, *, most: int) -> str:
    """The beginning of words that are no markdown, in one line.

    most: characters.
    """
    words = " ".join(text[:_READ].split())
    return words[: character_border(words, most)] if len(words) > most else words


def _is_a_sign(plain: str) -> bool:
    """Whether a line without words says something: an emoji does, a rule does not."""
    return not plain.isascii() and not set(plain) <= _RULES and not shows_nothing(plain)


def _plain(line: str) -> str:
    line = line[_block_mark_end(line) :]
    if "](" in line:
        for _ in range(2):
            line = LINK.sub(r"\2", line)
    line = _MARKS.sub(" ", _TAG.sub("", line)) if "|" in line else _MARKS.sub("", _TAG.sub("", line))
    return " ".join(_ESCAPE.sub(r"\1", html.unescape(line)).split())


def _block_mark_end(line: str) -> int:
    match = _BLOCK_MARK.match(line)
    return match.end() if match else 0


def _cut(words: str, most: int) -> str:
    if len(words) <= most:
        return words
    ends = [match.start() for match in _CLAUSE_END.finditer(words, 0, most + 1)]
    end = next((end for end in reversed(ends) if end >= _ENOUGH), None)
    return words[: character_border(words, most) if end is None else end].rstrip()
