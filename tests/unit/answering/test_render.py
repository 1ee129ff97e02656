from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.answering.render import MAX_CHARACTERS, preview, render, split
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.model import Citation


def test_the_sources_follow_the_answer() -> None:
    citations = [Citation("差旅报销标准"), Citation("Intranet", url="https://kb.example.com/1")]

    assert render("住宿上限 500 元。", citations, None, Texts("zh")) == [
        "住宿上限 500 元。\n\n---\n\n**来源**\n\n1. 差旅报销标准\n2. [Intranet](https://kb.example.com/1)"
    ]


def test_a_title_cannot_break_out_of_its_link() -> None:
    (part,) = render(
        "a", [Citation("x](https://evil.example)", url="https://kb.example.com")], None, Texts("en")
    )

    assert "](https://evil" not in part


def test_what_arrived_before_a_failure_is_kept_and_the_failure_said() -> None:
    (part,) = render("住宿上限", [], FailureKind.INTERRUPTED, Texts("zh"))

    assert part.startswith("住宿上限\n\n> 回答在中途断开了")


def test_a_failure_without_text_is_a_plain_sentence() -> None:
    assert render(" \n", [], FailureKind.BUSY, Texts("en")) == [
        "The knowledge base is busy. Please try again shortly."
    ]


def test_a_preview_fits_one_card() -> None:
    assert preview("short") == "short"
    assert len(preview("长" * 10_000)) == MAX_CHARACTERS + 1


def test_a_long_answer_is_cut_between_paragraphs() -> None:
    assert split("one\ntwo\n\nthree", limit=12) == ["one\ntwo", "three"]
    assert split("one\ntwo", limit=5) == ["one", "two"]
    assert split("abcdefg", limit=5) == ["abcde", "fg"]


@given(text=st.text(alphabet="ab \n。", max_size=300), limit=st.integers(1, 40))
def test_splitting_loses_nothing_but_white_space_keeps_order_and_fits(text: str, limit: int) -> None:
    parts = split(text, limit)

    assert all(len(part) <= limit for part in parts)
    assert "".join(text.split()) == "".join("".join(parts).split())
    assert parts == [""] or all(part.strip() for part in parts)


@given(text=st.text(), kind=st.sampled_from(FailureKind))
def test_a_reply_to_a_failure_is_never_blank(text: str, kind: FailureKind) -> None:
    assert all(part.strip() for part in render(text, [], kind, Texts("zh")))
