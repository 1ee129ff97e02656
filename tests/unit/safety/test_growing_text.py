"""What of a growing answer is shown: never a word, nor its beginning, wherever the stream is cut."""

from __future__ import annotations

import itertools
import re

from hypothesis import example, given
from hypothesis import strategies as st

from rag_on_dingtalk.safety.text.normaliser import MASK, normalise
from rag_on_dingtalk.safety.words.growing_text import GrowingText
from rag_on_dingtalk.safety.words.word_filter import WordFilter
from rag_on_dingtalk.safety.words.word_rule import WordRule

_WORDS = ("赌博", "六合彩票", "casino", "内部代号甲")
FILTER = WordFilter(WordRule(word, "mask", f"words.txt:{line}") for line, word in enumerate(_WORDS, start=1))
_PIECES = (
    *_WORDS, "赌", "博", "六", "合", "彩", "ca", "si", "no", "内部", "代号", "甲", " ", "\u200b", "*", "**",
    "·", "<b>", "</b>", "<span class='x'>", "[博](http://a.example/b)", "[赌][1]", "![](c)", "&#21338;",
    "&nbsp;", "\u0336", "年假", "五天",
)  # fmt: skip
_ANSWERS = st.lists(st.sampled_from(_PIECES), max_size=25).map("".join)
#: An independent way of reading: what is no letter is nothing.
_TAG = re.compile(r"<[^<>]*>|\]\([^()]*\)|\]\[\d\]")


def _plain(text: str) -> str:
    text = _TAG.sub("", text).replace("&#21338;", "博").replace("&nbsp;", "")
    return "".join(one for one in text if one.isalnum() or one == MASK)


def _frames(answer: str, cuts: list[int]) -> list[str]:
    growing = GrowingText(FILTER.index)
    ends = sorted({min(cut, len(answer)) for cut in cuts} | {len(answer)})
    return [growing.take(answer[:end]) for end in ends]


@example("去赌[博](http://a.example/b)吧，年假五天五天五天", list(range(60)))
@example("去赌<span class='xxxxxxxxxxxxxxxxxxxxxxxxxx'>博</span>吧年假五天五天", list(range(80)))
@given(_ANSWERS, st.lists(st.integers(0, 120), max_size=60))
def test_no_word_is_in_any_frame_wherever_the_stream_is_cut(answer: str, cuts: list[int]) -> None:
    for frame in [*_frames(answer, cuts), FILTER.masked(answer)]:
        assert not [word for word in _WORDS if not word.isascii() and word in _plain(frame)]
        assert FILTER.check(frame).level is None


@given(_ANSWERS, st.lists(st.integers(0, 120), max_size=60))
def test_what_was_shown_stays_and_the_end_is_that_of_the_whole_answer(answer: str, cuts: list[int]) -> None:
    frames = _frames(answer, cuts)

    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(frames))
    assert FILTER.masked(answer).startswith(frames[-1])


@given(_ANSWERS)
def test_as_many_characters_as_the_longest_word_has_are_held_back(answer: str) -> None:
    shown = GrowingText(FILTER.index).take(answer)
    read = normalise(answer, markup=True).text
    held = len(_plain(read)) - len(_plain(shown))

    assert held >= min(FILTER.index.longest, len(_plain(read))) - 1


def test_a_replaced_answer_begins_anew() -> None:
    growing = GrowingText(FILTER.index)
    growing.take("年假五天年假五天年假五天")

    assert growing.take("病假三天，年假五天，赌博没有") == "病假三天，年假"


def test_a_blocking_word_is_reported_as_soon_as_it_is_certain() -> None:
    growing = GrowingText(WordFilter([WordRule("ass", "block", "w:1")]).index)

    assert (growing.take("an ass"), growing.blocked) == ("an ", ())
    assert (growing.take("an assumption"), growing.blocked) == ("an ", ())
    growing.take("an assumption, ass.")
    growing.take("an assumption, ass. a")
    assert growing.blocked == ("w:1",)
