"""An answer without a model: it quotes the sections that were found and says where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.rag_server.retrieval.highlights import table_line, with_item_in_bold
from emulators.rag_server.retrieval.tokens import question_tokens, tokenise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emulators.rag_server.retrieval.chunks import Chunk
    from emulators.rag_server.retrieval.documents import Document
    from emulators.rag_server.retrieval.ranking import Hit, Index

#: A further section is quoted, or another document named, when it scores at least this share of the best.
_CLOSE_TO_BEST = 0.75
_MOST_SECTIONS = 3
_MOST_CHARACTERS = 900


def quote(question: str, hits: Sequence[Hit], index: Index) -> str:
    """A Markdown answer made of the handbook's own words; without hits it says that nothing was found."""
    if not hits:
        return "手册里没有找到与这个问题直接有关的内容。可以换一种说法，或者说明想问的是哪一项制度。"
    best = hits[0].chunk
    terms = _terms_within(best, question, index)
    close = [hit.chunk for hit in hits if hit.score >= _CLOSE_TO_BEST * hits[0].score]
    line = table_line(best.body, terms)
    lead = f"根据{_cited(best.document)}，{line}。" if line else f"根据{_cited(best.document)}："
    sections = [
        _section(chunk, with_item_in_bold(chunk.body, terms) if chunk is best else chunk.body)
        for chunk in _fitting([chunk for chunk in close if chunk.document == best.document])
    ]
    elsewhere = [chunk for chunk in close if chunk.document != best.document]
    return "\n\n".join([lead, *sections, *_see_also(elsewhere)])


def pieces(text: str, size: int = 4) -> Iterator[str]:
    """The text in small pieces, as a model would send it."""
    return (text[at : at + size] for at in range(0, len(text), size))


def _terms_within(chunk: Chunk, question: str, index: Index) -> dict[str, float]:
    """What the question says beyond the section's headings, which the section answers as a whole."""
    terms = {token: index.rarity(token) for token in question_tokens(question) if index.knows(token)}
    headed = set(tokenise(" ".join([chunk.document.title, *chunk.headings])))
    return {token: weight for token, weight in terms.items() if token not in headed} or terms


def _cited(document: Document) -> str:
    if document.superseded:
        return f"《{document.title}》（已废止，仅供核对）"
    return f"《{document.title}》" + (f"（{document.effective} 起生效）" if document.effective else "")


def _fitting(chunks: Sequence[Chunk]) -> Iterator[Chunk]:
    characters = 0
    for chunk in chunks[:_MOST_SECTIONS]:
        characters += len(chunk.text)
        if characters > _MOST_CHARACTERS and chunk is not chunks[0]:
            return
        yield chunk


def _section(chunk: Chunk, body: str) -> str:
    # The block quote below the title holds number, date and status; the lead has said what matters of it.
    told = "\n".join(line for line in body.splitlines() if not line.startswith(">")).strip()
    return f"**{' › '.join(chunk.headings)}**\n\n{told}" if chunk.headings else told


def _see_also(chunks: Sequence[Chunk]) -> Iterator[str]:
    names = dict.fromkeys(
        f"《{chunk.document.title}》" + (f"「{chunk.headings[-1]}」" if chunk.headings else "")
        for chunk in chunks
    )
    if names:
        yield f"另见{'、'.join(names)}。"
