from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.retrieval.documents import EmptyHandbookError, load_documents, parse_document
from emulators.rag_server.server import HANDBOOK

if TYPE_CHECKING:
    from pathlib import Path

    from emulators.rag_server.retrieval.workspaces import Workspace


def test_title_date_and_status_are_read() -> None:
    document = parse_document("old", "# 旧制度\n\n> 编号：X ｜ 生效日期：2024-01-01 ｜ 状态：已废止\n")
    assert (document.title, document.effective, document.year) == ("旧制度", "2024-01-01", "2024")
    assert document.superseded


def test_a_document_without_heading_is_called_by_its_file() -> None:
    document = parse_document("note", "只有正文。")
    assert (document.title, document.effective, document.superseded) == ("note", "", False)


@given(st.text())
def test_any_text_is_a_document(text: str) -> None:
    assert parse_document("any", text).text == text


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyHandbookError, match="Markdown documents"):
        load_documents(tmp_path)


def test_every_handbook_document_states_its_facts_and_has_substance() -> None:
    documents = load_documents(HANDBOOK)
    assert len(documents) == 13
    assert all(document.effective for document in documents)
    assert [document.name for document in documents if document.superseded] == ["travel-expenses-2024"]
    assert all(40 <= len(document.text.splitlines()) <= 90 for document in documents)
    assert max(Counter(document.title for document in documents).values()) == 1


def test_documents_named_in_the_handbook_exist() -> None:
    documents = load_documents(HANDBOOK)
    titles = {document.title.partition("（")[0] for document in documents} | {"员工手册"}
    named = {
        part.partition("》")[0].partition("（")[0]
        for document in documents
        for part in document.text.split("《")[1:]
    }
    assert named <= titles


def test_the_it_workspace_has_only_it_documents(workspaces: dict[str, Workspace]) -> None:
    titles = {chunk.document.title for chunk in workspaces["it"].index.chunks}
    assert titles == {"IT 服务手册", "信息安全规定"}
