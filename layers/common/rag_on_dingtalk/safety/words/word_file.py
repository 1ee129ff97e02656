"""A file of words: one a line. Pure.

# a comment
#block           from here on; before the first such line words are masked
word
another word     #warn
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.safety.text.normaliser import normalise
from rag_on_dingtalk.safety.words.word_rule import LEVELS, WordRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.safety.words.word_rule import Level

#: While an answer grows, as many characters as the longest word has are held back.
LONGEST_WORD = 64

_LEVEL = re.compile(rf"#({'|'.join(LEVELS)})")
_COMMENT = re.compile(r"\s#.*")


def read_words(text: str, name: str) -> Iterator[WordRule]:
    """The rules of a file.

    name: of the file, as bots.yaml has it.

    Raises:
        ConfigurationError: a line cannot be a word; names it by its number.
    """
    level: Level = "mask"
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        word, own, place = line.strip(), level, f"{name}:{number}"
        if section := _LEVEL.fullmatch(word):
            level = _level(section[1])
            continue
        if not word or word.startswith("#"):
            continue
        if comment := _COMMENT.search(word):
            if of_this := _LEVEL.fullmatch(comment[0].strip()):
                own = _level(of_this[1])
            word = word[: comment.start()].rstrip()
        length = len(normalise(word).text.strip())
        if not length:
            raise ConfigurationError(f"{place} has no letter or digit to look for. Remove the line.")
        if length > LONGEST_WORD:
            raise ConfigurationError(
                f"{place} has {length} characters, and a word has {LONGEST_WORD} at most. Shorten it."
            )
        yield WordRule(word, own, place)


def _level(name: str) -> Level:
    return LEVELS[[str(level) for level in LEVELS].index(name)]
