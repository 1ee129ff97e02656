"""What people try so that a word is not found, and what must not be taken for one."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.safety.text.normaliser import MASK
from rag_on_dingtalk.safety.words.word_filter import WordFilter
from rag_on_dingtalk.safety.words.word_rule import WordRule

_WORDS = ("赌博", "六合彩", "加微信", "办假证", "casino", "fuck", "法轮", "a片", "1069", "项目天狼星", "ガス")
FILTER = WordFilter(WordRule(word, "mask", f"words.txt:{line}") for line, word in enumerate(_WORDS, start=1))

EVASIONS = [
    "赌博",
    "网上赌博平台",
    "赌 博",
    "赌  博",
    "赌\t博",
    "赌\u3000博",
    "赌\u00a0博",
    "赌\u200b博",
    "赌\u200c博",
    "赌\u200d博",
    "赌\u2060博",
    "赌\ufeff博",
    "赌\u00ad博",
    "赌\u202e博",
    "赌\u2066博\u2069",
    "赌\ufe0f博",
    "赌\U000e0100博",
    "赌\u3164博",
    "赌\u2800博",
    "赌\x00博",
    "赌\x1b博",
    "赌\ud83d博",
    "赌*博",
    "赌**博**",
    "赌.博",
    "赌。。。博"[:1] + "..." + "博",
    "赌·博",
    "赌•博",
    "赌-博",
    "赌——博",
    "赌_博",
    "赌~博",
    "赌/博",
    "赌\\博",
    "赌+博",
    "赌#博",
    "赌`博`",
    "赌😀博",
    "赌❤️博",
    "赌，博",
    "赌、博",
    "“赌”“博”",
    "(赌)(博)",
    "赌\n博",
    "|赌|博|",
    "赌\u0336博\u0336",
    "赌\u20dd博\u20dd",
    "赌<b>博</b>",
    "赌<br/>博",
    "赌<!-- 甲 -->博",
    "赌<span style='color:red'>博</span>",
    "赌&#21338;",
    "&#x8d4c;&#x535a;",
    "赌&nbsp;博",
    "赌&zwnj;博",
    "[赌](http://a.example)博",
    '去赌[博](http://a.example/b "t")吧',
    "赌![](http://a.example/p.png)博",
    "去赌[博][1]吧",
    "六 合*彩",
    "六合-彩",
    "加 微 信",
    "加.微.信",
    "加V微信"[:1] + "\u200b微\u200b信",
    "办\u200b假*证",
    "CASINO",
    "ｃａｓｉｎｏ",
    "Cas\u200bino",
    "c a s i n o",
    "c.a.s.i.n.o",
    "c-a-s-i-n-o",
    "𝒸𝒶𝓈𝒾𝓃𝑜",
    "ⓒⓐⓢⓘⓝⓞ",
    "I f u c k you",
    "F*U*C*K",
    "ＦＵＣＫ",
    "fúck"[:1] + "u\u0336ck",
    "看Ａ片",
    "看 a 片",
    "１０６９",
    "①⓪⑥⑨",
    "项目 天 狼 星",
    "ｶﾞｽ",
]

INNOCENT = [
    "金黄，色彩",
    "打赌\n博物馆",
    "打赌，博物馆输了",
    "class 10690",
    "casinos",
    "fucking"[:4] + "shima",
    "号码 11069",
    "加微\n信息",
    "法国轮船",
    "1 0 6 9",
    "赌注，博弈",
]


def test_there_are_sixty_cases() -> None:
    assert len(set(EVASIONS)) >= 60


@pytest.mark.parametrize("text", EVASIONS, ids=ascii)
def test_a_hidden_word_is_found_and_masked_in_the_original(text: str) -> None:
    found = FILTER.check(text)

    assert found.level == "mask"
    assert MASK in found.text
    assert FILTER.check(found.text).level is None


@pytest.mark.parametrize("text", INNOCENT, ids=ascii)
def test_what_is_no_word_stays(text: str) -> None:
    assert FILTER.check(text).level is None
    assert FILTER.masked(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("网上赌 博！", f"网上{MASK} {MASK}！"),
        ("Visit CASINO now", f"Visit {MASK * 6} now"),
        ("赌博和六\u200b合彩", f"{MASK * 2}和{MASK}\u200b{MASK * 2}"),
        ("去赌[博](http://a.example)吧", f"去{MASK}[{MASK}](http://a.example)吧"),
    ],
)
def test_only_the_word_is_masked_and_as_long_as_it_reads(text: str, shown: str) -> None:
    assert FILTER.masked(text) == shown


def test_all_hits_count_the_longest_first_and_the_strictest_level() -> None:
    words = (
        WordRule("股票", "mask", "w:1"),
        WordRule("股票代码", "block", "w:2"),
        WordRule("代码", "warn", "w:3"),
    )
    found = WordFilter(words).check("股票代码，股票，代码")

    assert found.level == "block"
    assert found.names == ("w:2", "w:1", "w:3")
    assert found.text == f"{MASK * 4}，{MASK * 2}，代码"


def test_words_that_overlap_are_masked_together() -> None:
    words = (WordRule("内部股票", "mask", "w:1"), WordRule("股票代码", "mask", "w:2"))

    assert WordFilter(words).masked("看内部股票代码吧") == f"看{MASK * 6}吧"
