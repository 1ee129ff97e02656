"""Golden questions as lines: what a spreadsheet gives is read, and a mistake names its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.evaluation.golden import load_golden
from rag_on_dingtalk.evaluation.lines import MOST_QUESTIONS, SENTENCES, read_lines

if TYPE_CHECKING:
    from pathlib import Path

SHEET = """问题\t必须出现\t必须引用\t不许出现
入职第二年有几天年假？\t5 天；带薪\t休假制度\t
忘记打卡怎么办？\t补卡 / 补签\t\t罚款;扣钱
火星有几颗卫星？\t找不到
"""


def test_cells_of_a_spreadsheet_become_questions() -> None:
    (leave, clock, mars), mistakes = read_lines(SHEET)

    assert mistakes == ()
    assert (leave.ask, leave.must_contain, leave.must_cite) == (
        "入职第二年有几天年假？",
        ("5 天", "带薪"),
        ("休假制度",),
    )
    assert (clock.must_contain, clock.must_not) == ((("补卡", "补签"),), ("罚款", "扣钱"))
    assert mars.must_find_nothing
    assert mars.must_contain == ()


def test_lines_that_are_typed_are_divided_by_bars_and_may_have_remarks() -> None:
    (one, two), mistakes = read_lines("# 请假\n\n年假 | 5 天 | | 6 天\n 速度 ｜ km/h\n")

    assert mistakes == ()
    assert (one.must_contain, one.must_cite, one.must_not) == (("5 天",), (), ("6 天",))
    assert two.must_contain == ("km/h",)


MISTAKES = [
    ("", [(1, "empty")]),
    ("| 5 天", [(1, "empty")]),
    ("年假", [(1, "nothing_wanted")]),
    ("a|b\nb|1|2|3|4|5", [(2, "cells")]),
    ("a|b\n\na|c", [(3, "twice")]),
    (f"{'年' * 4001}|b", [(1, "too_long")]),
    (f"a|{'年' * 501}", [(1, "too_long")]),
    ("a|找不到|制度", [(1, "contradiction")]),
    ("a|b\nc\nd", [(2, "nothing_wanted"), (3, "nothing_wanted")]),
    ("\n".join(f"{n}|x" for n in range(MOST_QUESTIONS + 1)), [(1, "too_many")]),
]


@pytest.mark.parametrize(("text", "wrong"), MISTAKES, ids=[str(wrong) for _, wrong in MISTAKES])
def test_each_mistake_is_told_with_its_line(text: str, wrong: list[tuple[int, str]]) -> None:
    _, mistakes = read_lines(text)

    assert [(mistake.line, mistake.wrong) for mistake in mistakes] == wrong


def test_there_is_a_sentence_for_each_mistake_and_a_mistake_for_each_sentence() -> None:
    assert {kind for _, wrong in MISTAKES for _, kind in wrong} == set(SENTENCES)


@given(st.text())
def test_any_text_gives_questions_or_mistakes(text: str) -> None:
    questions, mistakes = read_lines(text)

    assert questions or mistakes
    assert len({question.ask for question in questions}) == len(questions)


def test_the_command_line_reads_the_same_lines_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "questions.tsv"
    file.write_text(SHEET, encoding="utf-8")

    assert load_golden(file) == read_lines(SHEET)[0]


def test_a_mistake_in_such_a_file_names_it_and_the_line(tmp_path: Path) -> None:
    file = tmp_path / "questions.txt"
    file.write_text("年假 | 5\n病假", encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"questions\.txt, line 2: Nothing must hold"):
        load_golden(file)
