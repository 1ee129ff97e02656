"""Answer, sources and failure → the markdown a person reads, in parts that fit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.errors import FailureKind
    from rag_on_dingtalk.messages import Texts
    from rag_on_dingtalk.model import Citation

#: A card's markdown above about 3 000 characters was seen to render blank although the API accepted it;
#: public bots keep messages below 3 500.
MAX_CHARACTERS = 2_800


def render(text: str, citations: Sequence[Citation], failure: FailureKind | None, texts: Texts) -> list[str]:
    """The whole reply, split into parts; at least one, none of them blank.

    failure: why the answer is missing or incomplete; its sentence follows whatever did arrive.
    """
    blocks = [text.strip()]
    if failure is not None:
        sentence = texts.failure(failure)
        blocks.append(f"> {sentence}" if text.strip() else sentence)
    if citations:
        blocks.append(_sources(citations, texts))
    return split("\n\n".join(block for block in blocks if block))


def preview(text: str) -> str:
    """An unfinished answer, cut to what one card shows."""
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "…"


def split(text: str, limit: int = MAX_CHARACTERS) -> list[str]:
    """Cut at paragraph borders, else at line ends, else anywhere; only white space at the cut is lost."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = max(rest.rfind("\n\n", 0, limit + 1), 0) or max(rest.rfind("\n", 0, limit + 1), 0) or limit
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _sources(citations: Sequence[Citation], texts: Texts) -> str:
    lines = [f"**{texts.say('sources')}**", ""]
    for number, citation in enumerate(citations, start=1):
        title = citation.title.replace("[", "［").replace("]", "］")
        lines.append(f"{number}. [{title}]({citation.url})" if citation.url else f"{number}. {title}")
    return "---\n\n" + "\n".join(lines)
