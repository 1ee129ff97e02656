from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.retrieval.chunks import LONGEST_CHUNK, split_document
from emulators.rag_server.retrieval.documents import Document, parse_document

DOCUMENT = """# 休假制度

> 生效日期：2025-07-01 ｜ 状态：现行

总则。

## 年假

五天。

### 结转

到三月底。

## 病假

```
## 这不是标题
```
"""

markdown = st.lists(
    st.sampled_from(
        ["# 标题", "## 一节", "### 小节", "正文 text", "", "```", "~~~", "#标签", "| a | b |", "字" * 700]
    )
).map("\n".join)


def test_a_document_is_cut_at_its_headings() -> None:
    chunks = split_document(parse_document("leave", DOCUMENT))
    assert [chunk.headings for chunk in chunks] == [(), ("年假",), ("年假", "结转"), ("病假",)]
    assert [chunk.position for chunk in chunks] == [0, 1, 2, 3]
    assert chunks[1].body == "五天。"


def test_a_hash_inside_a_code_fence_is_no_heading() -> None:
    assert "## 这不是标题" in split_document(parse_document("leave", DOCUMENT))[-1].body


def test_a_long_section_is_cut_between_paragraphs() -> None:
    paragraphs = "\n\n".join("字" * 500 for _ in range(5))
    chunks = split_document(Document("long", "长文", f"## 一节\n\n{paragraphs}"))
    assert [chunk.headings for chunk in chunks] == [("一节",)] * 3
    assert all(len(chunk.text) <= LONGEST_CHUNK for chunk in chunks)


@given(st.one_of(st.text(), markdown))
def test_the_chunks_joined_are_the_document(text: str) -> None:
    chunks = split_document(Document("any", "任意", text))
    assert "".join(chunk.text for chunk in chunks) == text
    assert all(chunk.text for chunk in chunks)


@given(st.one_of(st.text(), markdown))
def test_a_body_is_a_part_of_its_chunk(text: str) -> None:
    assert all(chunk.body in chunk.text for chunk in split_document(Document("any", "任意", text)))
