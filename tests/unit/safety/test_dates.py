"""Dates in words: the golden file, and what must hold for any text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.clock import beijing_day
from rag_on_dingtalk.safety.dates.hints import with_dates
from rag_on_dingtalk.safety.dates.numbers import number

_GOLDEN = Path(__file__).parents[2] / "vectors" / "dates.tsv"
_LINES = [line.split("\t") for line in _GOLDEN.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
_WORDS = "今明后昨前天上下个本这周星期月年季度一二三十半底初末日号最近份第2026/-. ，"


def test_the_golden_file_has_more_than_120_phrases_that_are_dates() -> None:
    assert len({words for _, words, read in _LINES if read != words}) >= 120


@pytest.mark.parametrize(("today", "words", "read"), _LINES)
def test_a_phrase_is_read_as_the_golden_file_says(today: str, words: str, read: str) -> None:
    assert with_dates(words, date.fromisoformat(today)) == read


@given(st.text(alphabet=_WORDS, max_size=40), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_the_words_stay_and_a_second_reading_adds_nothing(words: str, today: date) -> None:
    read = with_dates(words, today)
    rest = iter(read)

    assert all(character in rest for character in words)
    assert with_dates(read, today) == read


@given(st.text(max_size=60))
def test_no_text_is_too_strange(words: str) -> None:
    assert with_dates(words, date(2026, 11, 29)).startswith(words[:1])


def test_the_day_is_beijings() -> None:
    assert beijing_day(1_796_054_399_000) == date(2026, 11, 30)
    assert beijing_day(1_796_054_399_000 + 1_000) == date(2026, 12, 1)


def test_a_text_full_of_dates_gets_some_hints_only() -> None:
    assert with_dates("今天，" * 100, date(2026, 11, 29)).count("=") == 12


@pytest.mark.parametrize(
    ("words", "value"), [("一百二十三", 123), ("十百", None), ("二〇", None), ("两百", 200), ("〇", 0)]
)
def test_chinese_numbers(words: str, value: int | None) -> None:
    assert number(words) == value
