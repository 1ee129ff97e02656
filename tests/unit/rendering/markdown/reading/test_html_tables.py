"""A table in HTML keeps its columns: on cards as a table, in messages as one line a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.rendering.markdown import for_card, for_message

HEAD = "<tr><th>部门</th><th>春季</th><th>秋季</th></tr>"


def table(*rows: str, head: str = HEAD) -> str:
    return f"<table>{head}{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def shown(html: str) -> list[list[str]]:
    """The cells of the rows on a card, delimiters left out."""
    lines = [line for line in for_card(html).split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in lines if "---" not in line]


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        (["<td>人事</td><td></td><td>8</td>"], [["人事", "", "8"]]),
        (["<td></td><td>7</td><td></td>"], [["", "7", ""]]),
        (["<td/><td>7</td><td>8</td>"], [["", "7", "8"]]),
        (["<td>人事</td><td>7</td>"], [["人事", "7", ""]]),
        (["<td rowspan=2>人事</td><td>7</td><td>8</td>", "<td>9</td><td>10</td>"],
         [["人事", "7", "8"], ["人事", "9", "10"]]),
        (["<td>人事</td><td rowspan='2'>7</td><td>8</td>", "<td>财务</td><td>10</td>"],
         [["人事", "7", "8"], ["财务", "7", "10"]]),
        (["<td rowspan=0>人事</td><td>1</td><td>2</td>", "<td>3</td><td>4</td>", "<td>5</td><td>6</td>"],
         [["人事", "1", "2"], ["人事", "3", "4"], ["人事", "5", "6"]]),
        (['<td>人事</td><td colspan="2">9</td>'], [["人事", "9", "9"]]),
        (["<td colspan=3>以下含早</td>"], [["以下含早", "", ""]]),
        (["<td rowspan=2 colspan=2>甲</td><td>1</td>", "<td>2</td>"], [["甲", "甲", "1"], ["甲", "甲", "2"]]),
        (["<td rowspan=9>人事</td><td>7</td><td>8</td>"], [["人事", "7", "8"]]),
        (["<td colspan=0>人事</td><td>7</td><td>8</td>"], [["人事", "7", "8"]]),
        (["<td>a|b</td><td><b>7</b></td><td>8</td>"], [["a\\|b", "**7**", "8"]]),
        (["<td>人事<br>行政</td><td><p>7</p></td><td>8</td>"], [["人事<br>行政", "7", "8"]]),
        (["<td>人\n事</td><td>\n7\n</td><td>8</td>"], [["人 事", "7", "8"]]),
        (["<td>人事</td><td><table><tr><td>内</td></tr></table></td><td>8</td>"], [["人事", "内", "8"]]),
        (["<td><a href='https://kb.example'>制度</a></td><td>7</td><td>8</td>"],
         [["[制度](https://kb.example)", "7", "8"]]),
        (["<td><a href='javascript:a'>制度</a></td><td>7</td><td>8</td>"], [["制度", "7", "8"]]),
    ],
)  # fmt: skip
def test_every_cell_stays_under_its_column(rows: list[str], cells: list[list[str]]) -> None:
    assert shown(table(*rows)) == [["部门", "春季", "秋季"], *cells]


@pytest.mark.parametrize(
    "head",
    [
        f"<thead>{HEAD}</thead>",
        HEAD.replace("th>", "td>"),
        HEAD.upper(),
        f"<colgroup><col><col/></colgroup>{HEAD}",
        HEAD.replace("<th>", '<th style="text-align:left">'),
        "\n<thead>\n <tr>\n  <td>部门</td>\n  <td>春季</td>\n  <td>秋季</td>\n </tr>\n</thead>\n",
        "<tr><th>部门<th>春季<th>秋季",
    ],
)
def test_a_header_may_be_written_in_many_ways(head: str) -> None:
    assert shown(table("<td>人事</td><td></td><td>8</td>", head=head)) == [
        ["部门", "春季", "秋季"],
        ["人事", "", "8"],
    ]


def test_two_rows_of_headers_are_one() -> None:
    head = "<tr><th rowspan=2>部门</th><th colspan=2>人数</th></tr><tr><th>春季</th><th>秋季</th></tr>"

    assert shown(table("<td>人事</td><td>7</td><td>8</td>", head=head)) == [
        ["部门", "人数 春季", "人数 秋季"],
        ["人事", "7", "8"],
    ]


def test_in_a_message_each_value_has_its_columns_name() -> None:
    html = table(
        "<td>人事</td><td></td><td>8</td>",
        "<td rowspan=2>财务</td><td>1</td><td>2</td>",
        "<td>3</td><td>4</td>",
    )

    lines = [line.strip() for line in for_message(html).split("\n") if line.strip()]

    assert lines == [
        "**部门**：人事", "**秋季**：8",
        "**部门**：财务", "**春季**：1", "**秋季**：2",
        "**部门**：财务", "**春季**：3", "**秋季**：4",
    ]  # fmt: skip


def test_the_text_around_it_stays_and_so_does_a_caption() -> None:
    html = (
        "人数：<table><caption>表 1</caption>"
        + table("<td>人事</td><td>7</td><td>8</td>")[7:]
        + "以上。\n\n完。"
    )

    card = for_card(html)

    assert card.startswith("人数：<br>表 1\n\n| 部门 |")
    assert card.endswith("| 人事 | 7 | 8 |\n\n以上。\n\n完。")


@pytest.mark.parametrize(
    "text",
    [
        "`<table>` 是标签",
        "```\n<table><tr><td>a</td></tr></table>\n```",
        "<table></table>",
        "<table>",
        "<table><tr><td>只有一格</td></tr></table>",
    ],
)
def test_what_is_no_table_becomes_none(text: str) -> None:
    assert "| ---" not in for_card(text)


def test_a_table_that_is_still_coming_shows_the_rows_that_have_come() -> None:
    html = table("<td>人事</td><td></td><td>8</td>")

    assert shown(html[: html.index("<td></td>")])[-1] == ["人事", "", ""]


def test_a_table_too_wide_for_one_loses_no_words() -> None:
    wide = "<table><tr>" + "".join(f"<td>w{n}</td>" for n in range(40)) + "</tr></table>"

    assert all(f"w{n}" in for_card(wide) for n in range(40))


CELLS = st.tuples(
    st.sampled_from(["", "甲", "1", "a|b", "<b>x</b>"]), st.integers(0, 4), st.integers(0, 4), st.booleans()
)


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=6),
    st.sampled_from(["", "前", "> ", "- "]),
)
def test_every_row_is_as_long_as_the_header_and_no_word_is_lost(
    rows: list[list[tuple[str, int, int, bool]]], before: str
) -> None:
    html = "".join(
        "<tr>"
        + "".join(f"<td colspan={c} rowspan={r}>{text}{'' if bare else '</td>'}" for text, c, r, bare in row)
        + "</tr>"
        for row in rows
    )
    card, message = for_card(f"{before}<table>{html}</table>"), for_message(f"{before}<table>{html}</table>")

    lines = [line for line in card.split("\n") if line.startswith("| ")]
    assert len({line.replace("\\|", "").count("|") for line in lines}) <= 1
    for text in ("甲", "1", "x"):
        written = any(text in cell[0] for row in rows for cell in row)
        assert (text in card) >= written
        # A message leaves out what is empty, and with it the name of a column that is.
        assert (text in message) >= any(text in cell[0] for row in rows[1:] for cell in row)
    assert for_card(card) == card
    assert for_message(message) == message
