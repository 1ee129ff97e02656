from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.answering.quoting import pieces, quote

if TYPE_CHECKING:
    from emulators.rag_server.retrieval.workspaces import Workspace


def answer(workspace: Workspace, question: str) -> str:
    return quote(question, prepare(workspace, question, "query", ()).hits, workspace.index)


def test_the_demo_question_is_answered_from_the_edition_in_force(handbook: Workspace) -> None:
    text = answer(handbook, "最新的差旅报销标准是什么？")
    assert text.startswith("根据《差旅报销标准（2026 版）》（2026-01-01 起生效）：")
    assert "| 住宿上限（员工，每晚） | 600 元 | 480 元 | 380 元 |" in text
    assert "**提交期限**" in text
    assert "500 元" not in text


def test_the_line_asked_about_leads_the_answer(handbook: Workspace) -> None:
    lead = answer(handbook, "一线城市的住宿标准").partition("\n")[0]
    assert lead.endswith("一线城市：员工为 600 元，经理为 750 元，总监及以上为 1000 元。")


def test_a_superseded_document_is_called_so(handbook: Workspace) -> None:
    assert answer(handbook, "2024 年的差旅住宿标准").startswith(
        "根据《差旅报销标准（2024 版）》（已废止，仅供核对）"
    )


def test_every_quoted_line_stands_in_the_document(handbook: Workspace) -> None:
    question = "VPN 连不上怎么办"
    _lead, _heading, *quoted = answer(handbook, question).split("\n\n")
    text = prepare(handbook, question, "query", ()).hits[0].chunk.document.text
    assert all(paragraph in text for paragraph in quoted)


def test_the_facts_below_a_title_are_not_quoted(handbook: Workspace) -> None:
    assert "> 编号" not in answer(handbook, "公积金交多少")


def test_without_a_hit_the_answer_says_so(handbook: Workspace) -> None:
    assert quote("红烧肉怎么做", (), handbook.index).startswith("手册里没有找到")


@given(st.text(), st.integers(1, 9))
def test_the_pieces_joined_are_the_text(text: str, size: int) -> None:
    assert "".join(pieces(text, size)) == text
