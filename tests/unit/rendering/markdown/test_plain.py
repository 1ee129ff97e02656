"""What the list of chats shows: the first words of a text, without a mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.rendering.markdown import first_words, for_card, for_message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("住宿上限 500 元。", "住宿上限 500 元。"),
        ("**一线城市**每晚 `500` 元。", "一线城市每晚 500 元。"),
        ("# 差旅报销标准\n\n住宿上限。", "差旅报销标准 住宿上限。"),
        ("> 引用的一段话在这里面写着", "引用的一段话在这里面写着"),
        ("- 甲\n- 乙\n- 丙", "甲 乙 丙"),
        ("1. 登录系统\n2. 填写申请", "登录系统 填写申请"),
        ("[差旅制度](https://kb.example/a)第三条规定", "差旅制度第三条规定"),
        ("[![缩略图](@lAD1)](https://kb.example/l)的说明文字如下", "缩略图的说明文字如下"),
        ("![平面图](@lAD1)", "平面图"),
        ("| 城市 | 上限 |\n| --- | --- |\n| 北京 | 500 |", "城市 上限 北京 500"),
        ("```python\nprint('hello world')\n```", "print('hello world')"),
        ("***\n\n正文从这里开始。", "正文从这里开始。"),
        ("————————\n正文从这里开始。", "正文从这里开始。"),
        ("<font colorTokenV2=blue>蓝色的字写在这里</font>", "蓝色的字写在这里"),
        ("第一行<br>第二行写在后面了", "第一行 第二行写在后面了"),
        ("> &nbsp;&nbsp;`&lt;div&gt; 是一个块`", "<div> 是一个块"),
        (
            "报销须在三十日内提交，逾期的费用由个人承担，另有规定的除外，以财务部通知为准。",
            "报销须在三十日内提交，逾期的费用由个人承担，另有规定的除外",
        ),
        ("It takes 3.5 days, as the handbook says in its second chapter.", "It takes 3.5 days"),
        ("字" * 50, "字" * 30),
        ("👍", "👍"),
        ("3 > 2", "3 > 2"),
        ("可以。", "可以。"),
        ("？", "？"),
        ("", ""),
        ("---\n\n***", ""),
        ("```\n```", ""),
    ],
)
def test_the_first_words_are(text: str, words: str) -> None:
    assert first_words(text) == words


@given(
    st.text()
    | st.lists(
        st.sampled_from(["**", "`", "# ", "> ", "- ", "词", "word ", "|", "\n", "[", "](", ")", "<b>"])
    ).map("".join)
)
def test_they_are_one_short_line(text: str) -> None:
    words = first_words(text)

    assert len(words) <= 30
    assert "\n" not in words
    assert words == words.strip()


@given(st.text("天地玄黄，。 ab1", min_size=1))
def test_an_answer_with_words_has_a_title_in_both_dialects(text: str) -> None:
    has_words = any(character.isalnum() for character in text)

    assert bool(first_words(for_card(text))) >= has_words
    assert bool(first_words(for_message(text))) >= has_words


def test_of_megabytes_the_beginning_is_read() -> None:
    assert first_words("\n" * 8_000_000) == ""
