from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag_on_dingtalk.rendering.markdown import for_card, for_message
from tests.examples import cases, examples

# fmt: off
MARKS = [
    "**", "*", "***", "`", "``", "```", "~~~", "~~", "# ", "## ", "- ", "1. ", "12. ", "> ", "|",
    "--|--", "---", "***", "===", "<br>", "<b>", "</b>", "<em>", "</em>", "<p>", "</p>", "<li>",
    "<a_b>", "<T> ", "</font>", "</a>", "[", "](", ")", "![", '[t](https://u.example "t")',
    "[x](javascript:a)", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\", "&nbsp;", "_", "~", "'", '"',
    "=", "+", "<!--c-->", "<https://a.example>", "x_1", "：", "。", "“", "”", "文", "é", "👨‍👩‍👧",
]
# fmt: on
SPACES = ["\n", "\n", "\n\n", " ", "  ", "    ", "\t", "　", "\r\n", "\u2028", "\x00"]
TAGS = ['<a href="https://u.example">', "<font colorTokenV2=blue>", '<img src="https://u.example/i" alt="a">']
MARKUP = st.lists(st.sampled_from([*MARKS, *SPACES, *TAGS, "| a | b |\n|--|:-:|\n"]), max_size=30).map(
    "".join
)
HOSTILE = [
    "[",
    "*",
    "|",
    "`",
    "**",
    "`a``b",
    "|a\n",
    "> ",
    "- ",
    "<",
    "<b>",
    "$a",
    "\\(",
    "\\[",
    "](",
    "[a](",
    "~~a",
]


@settings(max_examples=examples(400))
@given(MARKUP | st.text())
@example("--|--<br>\r\n--|--")
def test_a_card_text_is_left_as_it_is(text: str) -> None:
    card = for_card(text)

    assert for_card(card) == card


@settings(max_examples=examples(400))
@given(MARKUP | st.text())
def test_a_message_text_is_left_as_it_is(text: str) -> None:
    message = for_message(text)

    assert for_message(message) == message


@given(st.lists(st.text(alphabet="天地 ab，1")).map("\n".join))
def test_plain_words_are_all_there_in_order(text: str) -> None:
    words = "".join(text.split())

    assert re.sub(r"\s|<br>", "", for_card(text)) == words
    assert "".join(for_message(text).split()) == words


@given(MARKUP)
def test_a_message_has_no_table_no_fence_and_no_html(text: str) -> None:
    message = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", for_message(text))

    assert not re.search(r"^```|^\|[ :|]*-[ :|-]*\|$|<br>|<font", message, flags=re.MULTILINE)


@given(MARKUP)
def test_no_link_leads_to_a_script(text: str) -> None:
    assert "](javascript:" not in re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", for_message(text))


@pytest.mark.parametrize("piece", cases(HOSTILE))
def test_a_hundred_thousand_marks_stay_in_proportion(piece: str) -> None:
    text = piece * (100_000 // len(piece))

    assert len(for_card(text)) <= 10 * len(text)
    assert len(for_message(text)) <= 10 * len(text)


def test_a_long_title_is_not_repeated_in_every_row() -> None:
    text = f"|{'长' * 2_000}|b|\n|-|-|\n" + "|1|2|\n" * 1_000

    assert len(for_message(text)) < 2 * len(text)


def test_a_character_that_came_in_two_halves_is_whole() -> None:
    assert for_card("\ud83d" + "\ude00") == "😀"
    assert for_message("a\ud83db") == "a\ufffdb"


@pytest.mark.parametrize("nothing", ["", " \n\n", "##", "```\n```", "<div></div>", "$$", "<!-- nothing -->"])
def test_there_may_be_nothing_to_show(nothing: str) -> None:
    assert for_card(nothing) == for_message(nothing) == ""
