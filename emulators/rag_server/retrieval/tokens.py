"""Text to search terms: pairs of Chinese characters, and whole words or numbers of everything else.

Pairs do without a dictionary: 「住宿标准」 becomes 住宿, 宿标, 标准, and every word of two characters is
found wherever it stands.
"""

from __future__ import annotations

import re
import unicodedata

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W_{_HAN}]+")

#: What a question is phrased with, rather than what it is about. Longest first: 怎么办 goes as a whole.
_PHRASING = re.compile(
    "是不是|能不能|可不可以|有没有|怎么样|怎么办|为什么|什么时候|请问|告诉我|什么|怎么|怎样|如何|多少|哪些|哪里|哪个|"
    "可以|需要|应该|我们|公司|一下|一共|大概|那么|还有|另外|几|的|了|吗|呢|吧|啊|么|是|我|那|能|谁"
)

#: How people say it → how a handbook writes it.
_ALSO_CALLED = {
    "酒店": "住宿",
    "宾馆": "住宿",
    "饭补": "伙食补贴",
    "吃饭": "伙食 招待",
    "请客": "招待",
    "到账": "打款",
    "wifi": "无线网络",
    "坏了": "故障",
    "丢了": "丢失",
    "内推": "内部推荐",
    "出国": "国外出差",
    "海外": "国外",
    "辞职": "离职",
    "chatgpt": "人工智能",
    "ai": "人工智能",
    "涨薪": "调薪",
    "电脑": "设备",
}


def well_formed(text: str) -> str:
    """The text without half characters, which JSON can spell and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def normalise(text: str) -> str:
    """One spelling for full-width and half-width forms, upper and lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def tokenise(text: str) -> list[str]:
    """The search terms in order; every letter, digit and Chinese character is in one of them."""
    tokens: list[str] = []
    for run in _RUN.finditer(normalise(text)):
        word = run.group()
        if run.group("han") and len(word) > 1:
            tokens.extend(word[at : at + 2] for at in range(len(word) - 1))
        else:
            tokens.append(word)
    return tokens


def question_tokens(question: str) -> list[str]:
    """The search terms of a question without its phrasing; a lone character stays if nothing else does."""
    asked = normalise(question)
    also = [name for said, name in _ALSO_CALLED.items() if said in asked]
    tokens = tokenise(" ".join([_PHRASING.sub(" ", asked), *also]))
    telling = [token for token in tokens if len(token) > 1 or token.isascii()]
    return telling or tokens
