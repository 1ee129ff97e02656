from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.retrieval.highlights import table_line, with_item_in_bold
from emulators.rag_server.retrieval.tokens import question_tokens

TABLE = """说明文字。

| 城市级别 | 员工 | 经理 |
| --- | --- | --- |
| 一线城市 | 600 元 | 750 元 |
| 新一线城市 | 480 元 | 600 元 |
"""

LIST = "- 公交凭票报销\n- 打车每天不超过 150 元\n- 私车公用另有补贴"


def terms(question: str) -> dict[str, float]:
    return dict.fromkeys(question_tokens(question), 1.0)


def test_a_row_is_read_out_when_the_question_names_its_label() -> None:
    assert table_line(TABLE, terms("一线城市")) == "一线城市：员工为 600 元，经理为 750 元"
    assert table_line(TABLE, terms("新一线城市")) == "新一线城市：员工为 480 元，经理为 600 元"


def test_a_column_is_read_out_when_the_question_names_its_head() -> None:
    assert table_line(TABLE, terms("经理呢？")) == "经理：一线城市为 750 元，新一线城市为 600 元"


def test_no_line_is_read_out_for_a_question_about_the_whole() -> None:
    assert table_line(TABLE, terms("差旅报销标准")) is None
    assert table_line("没有表格。", terms("一线城市")) is None


def test_cells_that_hold_commas_are_separated_by_semicolons() -> None:
    table = "| 工龄 | 年假 |\n| --- | --- |\n| 一年 | 5 天，另加 2 天 |\n| 十年 | 10 天 |\n"
    assert table_line(table, terms("年假")) == "年假：一年为 5 天，另加 2 天；十年为 10 天"


def test_the_item_a_question_is_about_becomes_bold() -> None:
    assert with_item_in_bold(LIST, terms("打车")) == LIST.replace(
        "打车每天不超过 150 元", "**打车每天不超过 150 元**"
    )


def test_nothing_becomes_bold_when_two_items_answer_equally() -> None:
    twice = "- 打车要行程单\n- 打车要发票"
    assert with_item_in_bold(twice, terms("打车")) == twice


@given(st.text(alphabet="|-: \n*打车年假a1."), st.text(alphabet="打车年假 a1"))
def test_any_text_survives_highlighting(body: str, question: str) -> None:
    line = table_line(body, terms(question))
    assert line is None or "：" in line
    assert with_item_in_bold(body, terms(question)).replace("*", "") == body.replace("*", "")
