"""Backslashes and tildes that a client would take for markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.rendering.markdown import for_card, for_message


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("第一行\\<br>第二行", "第一行<br>第二行"),
        ("第一行\\\n第二行", "第一行<br>第二行"),
        ("第一行 \\\n第二行", "第一行<br>第二行"),
        ("第一行\\<br/>第二行\\<BR>第三行", "第一行<br>第二行<br>第三行"),
        ("- 甲\\\n  乙", "- 甲<br>乙"),
        ("> 甲\\\n> 乙", "> 甲<br>乙"),
        ("| a |\n|---|\n| 甲\\<br>乙 |", "| a |\n| --- |\n| 甲<br>乙 |"),
        ("放在 D:\\资料\\\n然后重启", "放在 D:\\资料\\ <br>然后重启"),
        ("放在 C:\\<br>然后重启", "放在 C:\\ <br>然后重启"),
        ("甲\\\\\n乙", "甲\\\\<br>乙"),
        ("甲\n\\\n乙", "甲\n\n乙"),
        ("甲 `a\\`\n乙", "甲 `a\\`<br>乙"),
        ("甲\\", "甲"),
        ("甲\\ \\", "甲"),
        ("\\ \\ \\", ""),
        ("放在 D:\\资料\\ \\", "放在 D:\\资料\\"),
    ],
)
def test_a_backslash_at_the_end_of_a_line_is_its_break(text: str, card: str) -> None:
    assert for_card(text) == card
    assert for_message(text) == for_message(card)
    assert for_card(card) == card


@given(
    st.lists(
        st.sampled_from(["甲", "D:\\资料", "\\", "\\\\", "<br>", "\n", " ", "a/b", "C:", "- ", "> ", "`x`"]),
        max_size=12,
    ).map("".join)
)
def test_no_break_of_a_card_is_escaped(text: str) -> None:
    card = for_card(text)

    for before in card.split("<br>")[:-1]:
        assert (len(before) - len(before.rstrip("\\"))) % 2 == 0
    assert for_card(card) == card


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("住 3~5 天，10~15 天", "住 3～5 天，10～15 天"),
        ("周一~周五、9:00~18:00", "周一～周五、9:00～18:00"),
        ("**3~5 天**内", "**3～5 天**内"),
        ("约 ~5 天", "约 ～5 天"),
        ("| 天数 |\n|---|\n| 3~5 |", "| 天数 |\n| --- |\n| 3～5 |"),
        ("放在 ~/.ssh 下", "放在 ~/.ssh 下"),
        ("见 https://kb.example/~hr/a~b", "见 https://kb.example/~hr/a~b"),
        ("[制度](https://kb.example/~hr/1~2)", "[制度](https://kb.example/~hr/1~2)"),
        ("`3~5`", "`3~5`"),
        ("好的~", "好的~"),
        ("原价 ~~100~~ 元", "原价 ~~100~~ 元"),
    ],
)
def test_a_single_tilde_strikes_nothing_out(text: str, shown: str) -> None:
    assert for_card(text) == shown
    assert for_card(shown) == shown
    assert for_message(text) == for_message(shown)


@given(st.lists(st.sampled_from(["3", "5", "~", "天", "，", " ", "一"]), max_size=14).map("".join))
def test_numbers_with_tildes_are_never_struck_out(text: str) -> None:
    if "~~" not in text:
        assert "～" in for_card(text) or not any(
            a.isdigit() and b == "~" and c.isdigit()
            for a, b, c in zip(text, text[1:], text[2:], strict=False)
        )
