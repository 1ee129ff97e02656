"""What a backend cites fits into the turn's row, whatever it calls its documents."""

from __future__ import annotations

from rag_on_dingtalk.backends.citations.sources import cite, web_link
from rag_on_dingtalk.models.answer import Citation


def test_endless_titles_are_cut_and_endless_lists_end() -> None:
    (cited,) = cite(Citation(title=f"{number}" + "长" * 10_000) for number in range(1_000))

    assert len(cited.items) == 50
    assert {len(citation.title) for citation in cited.items} == {200}


def test_a_link_nobody_could_open_is_none() -> None:
    assert web_link("https://x.example/" + "a" * 3_000) == ""
    assert web_link("https://x.example/a") == "https://x.example/a"
