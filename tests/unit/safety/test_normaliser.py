"""The one normaliser: what it makes equal, and the way back to what was written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.safety.text.markup import unfinished_from
from rag_on_dingtalk.safety.text.normaliser import MASK, normalise

_STRANGE = (
    "aÁé①ﬁＡ\u0301\u0336\u200b\u200d\u202e\ufe0f\ud800\x07 \n.,-·、赌博上海ｶﾞ\u1100\u1161\u11a8ษกำ😀" + MASK
)
_TEXTS = st.text(max_size=30) | st.text(alphabet=_STRANGE, max_size=30)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("Straße", "strasse"),
        ("赌\u200b博", "赌博"),
        ("赌\u202e博", "赌博"),
        ("赌\x00博\ud83d", "赌博"),
        ("赌\u0336博\u0336", "赌博"),
        ("e\u0301", "é"),
        ("e\u200d\u0301", "é"),
        ("ｶﾞ", "ガ"),
        ("\u1112\u1161\u11ab", "한"),
        ("㈱①", "(株)1"),
        ("赌 博", "赌博"),
        ("赌 * - 博", "赌博"),
        ("赌，博", "赌博"),
        ("玩赌，博士", "玩赌,博士"),
        ("金黄，色彩", "金黄,色彩"),
        ("第一行\n第二行", "第一行\n第二行"),
        ("f u c k", "fuck"),
        ("f.u.c.k off", "fuck off"),
        ("a cat", "a cat"),
        ("1.5, 2", "1.5, 2"),
        ("1 2 3", "1 2 3"),
        (f"赌{MASK}博", f"赌{MASK}博"),
    ],
)
def test_what_is_made_equal(written: str, read: str) -> None:
    assert normalise(written).text == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("赌<b>博</b>", "赌博"),
        ("赌<!-- x -->博", "赌博"),
        ("赌&#21338;", "赌博"),
        ("赌&nbsp;博", "赌博"),
        ("赌&zwnj;博", "赌博"),
        ("去赌[博](http://a.example/x)吧", "去赌博吧"),
        ("赌![](http://a.example/x)博", "赌博"),
        ("去赌[博][1]吧", "去赌博吧"),
        ("[1] 见 <xi@yi.zi>", "[1] 见 <xi@yi.zi>"),
        ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
    ],
)
def test_what_a_reader_does_not_see_hides_nothing(written: str, read: str) -> None:
    assert normalise(written, markup=True).text.replace(" ", "") == read.replace(" ", "")


@pytest.mark.parametrize("text", ["上海、北京", "上 海", "f u c k", "1.5", "一、二"])
def test_what_separates_stays_for_those_who_need_it(text: str) -> None:
    assert normalise(text, joined=False).text == text


@given(_TEXTS, st.booleans())
def test_what_was_read_is_read_the_same_again(text: str, joined: bool) -> None:  # noqa: FBT001 - drawn
    read = normalise(text, joined=joined).text

    assert normalise(read, joined=joined).text == read


@given(_TEXTS, st.booleans(), st.booleans())
def test_each_character_has_its_place_in_the_original_in_order(
    text: str,
    joined: bool,  # noqa: FBT001 - drawn
    markup: bool,  # noqa: FBT001 - drawn
) -> None:
    found = normalise(text, joined=joined, markup=markup)

    assert len(found.text) == len(found.starts) == len(found.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(found.starts, found.ends, strict=True))
    assert found.starts == sorted(found.starts)
    assert found.ends == sorted(found.ends)


@given(_TEXTS)
def test_a_place_in_the_original_is_read_as_its_characters(text: str) -> None:
    found = normalise(text, joined=False)
    for at in range(len(found.text)):
        start, end = found.original(at, at + 1)
        assert found.text[at] in normalise(text[start:end], joined=False).text


@given(_TEXTS)
def test_nothing_unseen_is_left(text: str) -> None:
    read = normalise(text).text

    assert not [
        one for one in read if unicodedata.category(one) in {"Cs", "Cf"} or (one < " " and one != "\n")
    ]


@given(st.text(alphabet="abcdefghij 0123456789", max_size=30))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert normalise(text, joined=False).text == text


def test_a_thousand_marks_on_one_letter_are_dropped() -> None:
    assert normalise("赌" + "\u0336" * 100_000 + "博").text == "赌博"


@pytest.mark.parametrize(
    ("text", "begins"),
    [("赌<span cla", 1), ("赌&#213", 1), ("赌[博", 1), ("赌[博](http://x", 1), ("1 < 2", 5)],
)
def test_markup_that_may_go_on_is_found(text: str, begins: int) -> None:
    assert unfinished_from(text) == begins
