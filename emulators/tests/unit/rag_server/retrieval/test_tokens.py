from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.retrieval.tokens import normalise, question_tokens, tokenise


def test_chinese_becomes_pairs_and_the_rest_words() -> None:
    assert tokenise("住宿标准 600 元（VPN）") == ["住宿", "宿标", "标准", "600", "元", "vpn"]


def test_full_width_and_upper_case_are_the_same_word() -> None:
    assert tokenise("ＶＰＮ２") == tokenise("vpn2")


@given(st.text())
def test_every_letter_digit_and_character_is_in_a_token(text: str) -> None:
    said = {character for character in normalise(text) if character.isalnum()}
    assert said <= set("".join(tokenise(text)))


@given(st.text(alphabet="住宿标准一线城市 a1，"))
def test_tokens_stand_in_the_order_of_the_text(text: str) -> None:
    at = 0
    for token in tokenise(text):
        at = normalise(text).index(token, at)


def test_a_question_is_reduced_to_what_it_is_about() -> None:
    assert question_tokens("请问年假有多少天的？") == ["年假", "假有"]
    assert question_tokens("VPN 怎么办") == ["vpn"]


def test_everyday_words_bring_the_handbooks_word_along() -> None:
    assert "住宿" in question_tokens("酒店能报多少")
    assert "无线" in question_tokens("WiFi 怎么连")


def test_a_lone_character_counts_only_when_it_is_all_there_is() -> None:
    assert question_tokens("什么时候发？") == ["发"]
    assert question_tokens("什么是什么？") == []


@given(st.text())
def test_any_question_can_be_reduced(question: str) -> None:
    assert all(question_tokens(question))
