from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.rendering.markdown import for_card, for_message, split

if TYPE_CHECKING:
    from collections.abc import Callable

SENTENCES = st.lists(
    st.sampled_from(
        [
            "报销须在三十日内提交。",
            "**一线城市**每晚 500 元，",
            "详见[制度](https://kb.example/a)；",
            "It is `pip install`. ",
            "**注意：** 超标自理！",
            "👨‍👩‍👧‍👦🇨🇳 ok ",
            "长" * 30,
            "word " * 8,
            "（一）总则？",
        ]
    ),
    min_size=1,
    max_size=12,
).map("".join)
BLOCKS = st.one_of(
    SENTENCES,
    SENTENCES.map("## {}".format),
    SENTENCES.map("> {}".format),
    st.lists(SENTENCES, min_size=1, max_size=6).map(lambda points: "".join(f"- {p}\n" for p in points)),
    st.lists(SENTENCES, min_size=1, max_size=6).map("\n".join),
    st.lists(st.text("abc #*`(){}=\"'", max_size=90), min_size=1, max_size=30).map(
        lambda lines: "```python\n" + "\n".join(lines).replace("```", "'''") + "\n```"
    ),
    st.lists(st.sampled_from(["| 北京 | 500 |", "| 上海 | **600** |", "| 广州 | `x` |"]), max_size=40).map(
        lambda rows: "\n".join(("| 城市 | 上限 |", "|---|---|", *rows))
    ),
)
TEXTS = st.lists(BLOCKS, min_size=1, max_size=8).map("\n\n".join)
DIALECTS = st.sampled_from([for_card, for_message])
LIMITS = st.tuples(st.integers(120, 900), st.integers(400, 2_000))


def parts_of(text: str, limits: tuple[int, int]) -> list[str]:
    return split(text, characters=limits[0], utf8_bytes=limits[1])


def bare(text: str) -> str:
    return re.sub(r"\s|<br>", "", text)


@given(TEXTS, DIALECTS, LIMITS)
def test_every_part_fits_and_none_is_blank(
    text: str, dialect: Callable[[str], str], limits: tuple[int, int]
) -> None:
    for part in parts_of(dialect(text), limits):
        assert len(part) <= limits[0]
        assert len(part.encode()) <= limits[1]
        assert part.strip()


@given(TEXTS, DIALECTS, LIMITS)
def test_nothing_is_lost_and_the_order_kept(
    text: str, dialect: Callable[[str], str], limits: tuple[int, int]
) -> None:
    whole = dialect(text)
    rest = iter(bare("".join(parts_of(whole, limits))))

    assert all(character in rest for character in bare(whole))


@given(st.lists(SENTENCES | SENTENCES.map("## {}".format), min_size=1).map("\n\n".join), LIMITS)
def test_of_text_without_code_and_tables_nothing_is_said_twice(text: str, limits: tuple[int, int]) -> None:
    card = for_card(text)

    assert bare("".join(parts_of(card, limits))) == bare(card)


@given(TEXTS, DIALECTS, LIMITS)
def test_every_part_is_whole_markdown(
    text: str, dialect: Callable[[str], str], limits: tuple[int, int]
) -> None:
    for part in parts_of(dialect(text), limits):
        fence = ""
        lines = part.split("\n")
        for number, line in enumerate(lines):
            mark = re.match(r"`{3,}", line)
            if fence:
                fence = "" if line == fence else fence
            elif mark:
                fence = mark[0]
            else:
                prose = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
                assert "`" not in prose
                assert prose.count("**") % 2 == 0
                assert not re.search(r"\[[^\]]*$|\]\([^)]*$", prose)
                if line.startswith("|") and not (number and lines[number - 1].startswith("|")):
                    assert lines[number + 1] == "| --- | --- |"
        assert not fence


@given(st.text(), st.integers(64, 200), st.integers(256, 800))
def test_any_text_fits(text: str, characters: int, utf8_bytes: int) -> None:
    for part in split(text, characters=characters, utf8_bytes=utf8_bytes):
        assert len(part) <= characters
        assert len(part.encode()) <= utf8_bytes
        assert part.strip()


def test_paragraphs_stay_whole_where_they_can() -> None:
    paragraphs = ["甲" * 40, "乙" * 40, "丙" * 40]

    assert split("\n\n".join(paragraphs), characters=100, utf8_bytes=10_000) == [
        f"{paragraphs[0]}\n\n{paragraphs[1]}",
        paragraphs[2],
    ]


def test_a_long_paragraph_is_cut_behind_a_sentence() -> None:
    sentence = "这是一个二十个字左右的句子用来测试。"

    assert split(sentence * 6, characters=64, utf8_bytes=10_000) == [sentence * 3, sentence * 3]


def test_code_that_is_cut_is_closed_and_opened_again() -> None:
    code = [f"line_{number} = {number}" for number in range(10)]

    first, second = split("\n".join(("```python", *code, "```")), characters=120, utf8_bytes=10_000)

    assert first.startswith("```python\nline_0")
    assert first.endswith("\n```")
    assert second.startswith("```python\nline_")
    assert first.count("line") + second.count("line") == 10


def test_a_table_that_is_cut_gets_its_header_again() -> None:
    head = "| 城市 | 上限 |\n| --- | --- |"
    rows = "\n".join(f"| 城市{number} | 500 |" for number in range(10))

    parts = split(f"{head}\n{rows}", characters=100, utf8_bytes=10_000)

    assert len(parts) > 1
    assert all(part.startswith(head) for part in parts)
    assert "\n".join(part.removeprefix(head).strip() for part in parts) == rows


def test_a_heading_stays_with_what_it_is_above() -> None:
    parts = split(f"{'甲' * 60}\n\n## 标题\n\n{'乙' * 60}", characters=80, utf8_bytes=10_000)

    assert parts == ["甲" * 60, f"## 标题\n\n{'乙' * 60}"]


def test_long_bold_is_closed_and_opened_again() -> None:
    first, second = split(f"**{'很重要，' * 30}好**", characters=100, utf8_bytes=10_000)

    assert first.startswith("**很")
    assert first.endswith("**")
    assert second.startswith("**很")
    assert second.endswith("好**")


def test_a_quote_goes_on_as_a_quote() -> None:
    parts = split("> " + "引用的内容。" * 30, characters=100, utf8_bytes=10_000)

    assert len(parts) == 2
    assert all(part.startswith("> 引") for part in parts)


@pytest.mark.parametrize("one", ["👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "e\u0301"])
def test_what_is_one_character_to_a_person_is_not_torn(one: str) -> None:
    parts = split(one * 60, characters=64, utf8_bytes=10_000)

    assert all(len(part) % len(one) == 0 and part == one * (len(part) // len(one)) for part in parts)


def test_the_items_of_a_cut_list_keep_their_levels() -> None:
    inner = "".join(f"  - 内层要点{number}，{'字' * 10}\n" for number in range(6))

    for part in split(f"- 外层\n{inner}- 又一个外层", characters=70, utf8_bytes=10_000):
        assert for_card(part) == part


@pytest.mark.parametrize("blank", ["", " \n\n ", "<br><br>", "　"])
def test_a_blank_text_has_no_parts(blank: str) -> None:
    assert split(blank, characters=100, utf8_bytes=1_000) == []


def test_limits_without_room_are_refused() -> None:
    with pytest.raises(ValueError, match="allow at least 64 and 256"):
        split("text", characters=10, utf8_bytes=1_000)


@pytest.mark.parametrize(
    "piece", ["[", "*", "|", "`", "**", "|a", "> ", "<br>", "```\n", "👍🏽", "a **b", "|a|\n|-|\n"]
)
def test_a_hundred_thousand_marks_are_split(piece: str) -> None:
    text = piece * (100_000 // len(piece))

    assert all(len(part) <= 2_800 for part in split(text, characters=2_800, utf8_bytes=12_000))
