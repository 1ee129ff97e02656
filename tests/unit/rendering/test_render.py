from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.render import MAX_CHARACTERS, as_messages, preview, render
from rag_on_dingtalk.texts import Texts

ZH, EN = Texts("zh"), Texts("en")


def sources(*titles: str, **fields: str) -> tuple[Citation, ...]:
    return tuple(Citation(title, **fields) for title in titles)


def test_an_answer_without_sources_is_left_alone() -> None:
    assert render(Draft(text="住宿上限 500 元。"), None, ZH) == ("住宿上限 500 元。",)


def test_a_title_cannot_forge_a_link() -> None:
    citation = Citation("x](https://evil.example)", url="https://kb.example.com")
    (part,) = render(Draft(text="a", citations=(citation,)), None, EN)

    assert "](https://evil.example)" not in part
    assert "(https://kb.example.com)" in part


def test_where_a_document_has_no_address_the_pattern_leads_to_it() -> None:
    (part,) = render(
        Draft(text="a", citations=sources("差旅 标准.md", place="第 3 页")),
        None,
        ZH,
        link="https://kb.example.com/read?doc={title}",
    )

    assert "差旅 标准.md · 第 3 页 [查看全文](https://kb.example.com/read?doc=%E5%B7%AE%E6%97%85%20" in part


def test_more_than_three_sources_are_folded_into_a_line() -> None:
    (part,) = render(Draft(text="a", citations=sources("一", "二", "三", "四", "五")), None, ZH)

    assert "3. 三" in part
    assert "4. 四" not in part
    assert "另有 2 个来源：四、五" in part


def test_only_the_sources_the_answer_refers_to_are_listed() -> None:
    draft = Draft(text="上限 500 元[2]，见[citation:4]。", citations=sources("一", "二", "三", "四"))
    (part,) = render(draft, None, ZH)

    assert "2. 二" in part
    assert "一" not in part
    assert "三" not in part


def test_a_broken_answer_says_so_after_what_arrived() -> None:
    (part,) = render(Draft(text="住宿上限"), FailureKind.INTERRUPTED, ZH)

    assert part == f"住宿上限\n\n> {ZH.failure(FailureKind.INTERRUPTED)}"


def test_without_a_word_of_the_answer_the_reason_stands_alone() -> None:
    assert render(Draft(text=" \n"), FailureKind.BUSY, EN) == (EN.failure(FailureKind.BUSY),)


@pytest.mark.parametrize("mode", ["hidden", "folded", "shown"])
def test_thoughts_are_shown_as_the_bot_wants_it(mode: str) -> None:
    draft = Draft(text="<think>先查标准</think>500 元。", reasoning="模型的想法。")
    (part,) = render(draft, None, ZH, reasoning=mode)  # type: ignore[arg-type]  # parametrised by name

    assert part.endswith("500 元。")
    assert ("先查标准" in part) == (mode != "hidden")


def test_a_frame_never_shows_half_a_tag_or_an_open_fence() -> None:
    assert preview("```python\nx = 1").count("```") == 2


def test_a_frame_is_cut_to_what_a_card_shows() -> None:
    assert len(preview("字" * 10_000)) <= MAX_CHARACTERS + 1


def test_a_table_becomes_lines_in_a_message() -> None:
    assert "|" not in "".join(as_messages("| 项目 | 上限 |\n| --- | --- |\n| 住宿 | 500 |"))


@given(st.text(max_size=9_000), st.sampled_from([None, *FailureKind]))
def test_no_part_is_blank_or_too_long(text: str, kind: FailureKind | None) -> None:
    parts = render(Draft(text=text), kind, ZH)

    if text.strip() and kind is not None:
        assert all(part.strip() for part in parts)
    assert all(len(part) <= MAX_CHARACTERS for part in parts)
