"""Messages as triggers compare them: one width, one case, no punctuation, no courtesies. Pure."""

from __future__ import annotations

import re

#: Of a message, this many characters are looked at.
MOST_READ = 200
_NOISE = re.compile(r"[\W_]+")
_BEFORE = re.compile(
    r"^(?:请问|请教|您好|你好|麻烦|帮我|我想问问?|我想知道|想问问?|想知道|问一下|一下|告诉我)+"
)
_BEHIND = re.compile(r"(?:谢谢|多谢|[吗呢啊呀吧嘛])+$")


def words_of(text: str) -> str:
    """The text in which words are looked for.

    >>> words_of("ＶＰＮ 怎么\u200b 申 请？")
    'vpn 怎么申请?'
    """
    from rag_on_dingtalk.safety.text.normaliser import normalise  # most bots do without

    return normalise(text[: 4 * MOST_READ]).text[:MOST_READ]


def key_of(text: str) -> str:
    """What is equal for a question and its polite forms. Words that carry meaning all stay.

    >>> key_of("请问，年假可以折现吗？") == key_of("年假可以折现")
    True
    >>> key_of("年假不可以折现") == key_of("年假可以折现")
    False
    """
    from rag_on_dingtalk.safety.text.normaliser import normalise  # as above

    plain = _NOISE.sub("", normalise(text[: 4 * MOST_READ]).text)
    return _BEHIND.sub("", _BEFORE.sub("", plain)) or plain
